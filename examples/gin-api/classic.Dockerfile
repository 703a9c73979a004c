FROM golang:alpine AS build
WORKDIR /src
COPY . .
RUN go mod download
RUN go build -o /out/api ./cmd/api

FROM alpine:3
COPY --from=build /out/api /usr/local/bin/api
ENV APP_ENV=production
EXPOSE 8080
USER nobody
CMD ["api"]

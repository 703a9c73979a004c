module example.com/cgo-words

go 1.24

module example.com/web-page

go 1.24

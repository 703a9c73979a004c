module example.com/cross-hello

go 1.24

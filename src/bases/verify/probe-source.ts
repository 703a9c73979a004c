/**
 * A small Go program that tries what a program finds in a base without a shell: `lookup NAME`, `tls ADDRESS NAME`, `zone ZONE SECONDS`,
 * `user NAME`, `temporary DIRECTORY`. It prints one line and exits 0 when it got an answer, 2 for a certificate that it refuses.
 */
export const probeSource = `package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "too few words")
		os.Exit(3)
	}
	answer, err := try(os.Args[1], os.Args[2:])
	if err == nil {
		fmt.Println(answer)
		return
	}
	fmt.Fprintln(os.Stderr, err)
	var verification *tls.CertificateVerificationError
	if errors.As(err, &verification) {
		os.Exit(2)
	}
	os.Exit(1)
}

func try(what string, words []string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	last := words[len(words)-1]
	switch what {
	case "lookup":
		addresses, err := net.DefaultResolver.LookupHost(ctx, last)
		return strings.Join(addresses, " "), err
	case "tls":
		return handshake(ctx, words[0], last)
	case "zone":
		seconds, err := strconv.ParseInt(last, 10, 64)
		if err != nil {
			return "", err
		}
		zone, err := time.LoadLocation(words[0])
		if err != nil {
			return "", err
		}
		return time.Unix(seconds, 0).In(zone).Format("15:04 MST"), nil
	case "user":
		found, err := user.Lookup(last)
		if err != nil {
			return "", err
		}
		return found.Uid, nil
	case "temporary":
		return "written", write(last)
	}
	return "", fmt.Errorf("%s is not known", what)
}

func handshake(ctx context.Context, address, name string) (string, error) {
	if _, err := x509.SystemCertPool(); err != nil {
		return "", err
	}
	dialer := tls.Dialer{Config: &tls.Config{ServerName: name}}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	return "accepted", connection.Close()
}

func write(directory string) error {
	file, err := os.CreateTemp(directory, "coracle-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.WriteString("written"); err != nil {
		return err
	}
	return file.Close()
}
`;

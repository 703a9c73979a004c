// Keeps the certificate of one service: gets it by ACME with lego, writes it for the proxy's next start, and gives it to the proxy that
// runs. It renews when less than a third of the certificate's life is left.
package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/go-acme/lego/v4/certcrypto"
	"github.com/go-acme/lego/v4/certificate"
	"github.com/go-acme/lego/v4/challenge/http01"
	"github.com/go-acme/lego/v4/lego"
	"github.com/go-acme/lego/v4/registration"
)

const (
	// Where the container sees the proxy's directory, and its own.
	socketFile = "/proxy/run/haproxy.sock"
	home       = "/acme"
	// How often it is looked whether renewing is due, and how soon a failure is tried again.
	usual = 6 * time.Hour
	again = 10 * time.Minute
)

type settings struct {
	service, email, directory, listen string
	domains                           []string
}

type account struct {
	email        string
	key          crypto.PrivateKey
	registration *registration.Resource
}

func (a *account) GetEmail() string                        { return a.email }
func (a *account) GetRegistration() *registration.Resource { return a.registration }
func (a *account) GetPrivateKey() crypto.PrivateKey        { return a.key }

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	wanted := settings{
		service:   os.Getenv("ACME_SERVICE"),
		email:     os.Getenv("ACME_EMAIL"),
		directory: os.Getenv("ACME_DIRECTORY"),
		listen:    os.Getenv("ACME_LISTEN"),
		domains:   strings.Fields(os.Getenv("ACME_DOMAINS")),
	}
	for {
		pause := usual
		if err := keep(wanted); err != nil {
			log.Printf("failed: %v", err)
			pause = again
		} else {
			log.Printf("the proxy has the certificate of %s", wanted.service)
		}
		time.Sleep(pause)
	}
}

// keep gets a certificate when there is none for these domains or it is due, and sees to it that the proxy has it.
func keep(wanted settings) error {
	file := filepath.Join(home, "certificates", wanted.service+".pem")
	known, err := os.ReadFile(file)
	if err != nil || due(known, wanted.domains, time.Now()) {
		if known, err = obtain(wanted); err != nil {
			return err
		}
		if err := replace(file, known); err != nil {
			return err
		}
	}
	if err := list("certificates/" + wanted.service + ".pem"); err != nil {
		return err
	}
	return give(wanted.service, known)
}

func due(known []byte, domains []string, now time.Time) bool {
	block, _ := pem.Decode(known)
	if block == nil {
		return true
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return true
	}
	for _, domain := range domains {
		if !slices.Contains(leaf.DNSNames, domain) {
			return true
		}
	}
	return leaf.NotAfter.Sub(now) < leaf.NotAfter.Sub(leaf.NotBefore)/3
}

func obtain(wanted settings) ([]byte, error) {
	key, err := accountKey()
	if err != nil {
		return nil, err
	}
	user := &account{email: wanted.email, key: key}
	config := lego.NewConfig(user)
	config.Certificate.KeyType = certcrypto.EC256
	if wanted.directory != "" {
		config.CADirURL = wanted.directory
	}
	client, err := lego.NewClient(config)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(wanted.listen)
	if err != nil {
		return nil, err
	}
	if err := client.Challenge.SetHTTP01Provider(http01.NewProviderServer(host, port)); err != nil {
		return nil, err
	}
	// Registering a key that is known gives the account that it has.
	user.registration, err = client.Registration.Register(registration.RegisterOptions{TermsOfServiceAgreed: true})
	if err != nil {
		return nil, fmt.Errorf("registering: %w", err)
	}
	got, err := client.Certificate.Obtain(certificate.ObtainRequest{Domains: wanted.domains, Bundle: true})
	if err != nil {
		return nil, err
	}
	// Empty lines would end it in a command of the proxy.
	parts := bytes.Join([][]byte{got.Certificate, got.PrivateKey}, []byte("\n"))
	lines := slices.DeleteFunc(strings.Split(string(parts), "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}

func accountKey() (crypto.PrivateKey, error) {
	file := filepath.Join(home, "account.key")
	if text, err := os.ReadFile(file); err == nil {
		return certcrypto.ParsePEMPrivateKey(text)
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return key, replace(file, certcrypto.PEMEncode(key))
}

// replace writes a file that only its owner reads: all of it or nothing.
func replace(file string, content []byte) error {
	temporary := file + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, file)
}

// list adds a certificate to those that the proxy reads when it starts.
func list(line string) error {
	file := filepath.Join(home, "certificates", "list")
	known, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if slices.Contains(strings.Split(string(known), "\n"), line) {
		return nil
	}
	return replace(file, append(known, line+"\n"...))
}

// give makes the running proxy use it, unless it does already. One that does not run reads it when it starts.
func give(service string, content []byte) error {
	file := "certificates/" + service + ".pem"
	list, err := ask("show ssl cert")
	if err != nil {
		return fmt.Errorf("the proxy does not answer: %w", err)
	}
	known := slices.ContainsFunc(strings.Split(list, "\n"), func(line string) bool { return strings.TrimSpace(line) == file })
	if known && used(file, content) {
		return nil
	}
	if !known {
		if err := command("new ssl cert " + file); err != nil {
			return err
		}
	}
	if err := command("set ssl cert " + file + " <<\n" + string(content)); err != nil {
		return err
	}
	if err := command("commit ssl cert " + file); err != nil {
		return err
	}
	if !known {
		if err := command("add ssl crt-list certificates/list " + file); err != nil {
			return err
		}
	}
	return nil
}

// used says whether the proxy shows the certificate's serial number for that file.
func used(file string, content []byte) bool {
	block, _ := pem.Decode(content)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return false
	}
	said, err := ask("show ssl cert " + file)
	return err == nil && strings.Contains(said, fmt.Sprintf("%X", leaf.SerialNumber.Bytes()))
}

func command(text string) error {
	said, err := ask(text)
	if err != nil {
		return err
	}
	for _, good := range []string{"", "New empty certificate store", "Transaction created", "Transaction updated", "Committing", "Inserting certificate"} {
		if strings.HasPrefix(strings.TrimSpace(said), good) && (good != "" || strings.TrimSpace(said) == "") {
			return nil
		}
	}
	return fmt.Errorf("the proxy refuses: %.300s", said)
}

func ask(text string) (string, error) {
	connection, err := net.DialTimeout("unix", socketFile, 5*time.Second)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return "", err
	}
	if _, err := io.WriteString(connection, text+"\n"); err != nil {
		return "", err
	}
	said, err := io.ReadAll(io.LimitReader(connection, 1<<20))
	return string(said), err
}

// Command keys prints the comments of the keys that the SSH agent holds: what git or ssh could log in with.
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
)

const (
	askIdentities    = 11
	answerIdentities = 12
)

func main() {
	if err := run(os.Getenv("SSH_AUTH_SOCK")); err != nil {
		log.Fatal(err)
	}
}

func run(socket string) error {
	agent, err := net.Dial("unix", socket)
	if err != nil {
		return err
	}
	defer agent.Close()
	if _, err := agent.Write([]byte{0, 0, 0, 1, askIdentities}); err != nil {
		return err
	}
	answer, err := field(agent)
	if err != nil {
		return err
	}
	if len(answer) < 5 || answer[0] != answerIdentities {
		return errors.New("the agent gives no list of keys")
	}
	rest := reader(answer[5:])
	for range binary.BigEndian.Uint32(answer[1:5]) {
		if _, err := field(&rest); err != nil {
			return err
		}
		comment, err := field(&rest)
		if err != nil {
			return err
		}
		fmt.Println(string(comment))
	}
	return nil
}

// field reads bytes that their count precedes.
func field(from io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(from, size[:]); err != nil {
		return nil, err
	}
	const largest = 1 << 20
	if binary.BigEndian.Uint32(size[:]) > largest {
		return nil, errors.New("too long")
	}
	bytes := make([]byte, binary.BigEndian.Uint32(size[:]))
	_, err := io.ReadFull(from, bytes)
	return bytes, err
}

type reader []byte

func (r *reader) Read(into []byte) (int, error) {
	if len(*r) == 0 {
		return 0, io.EOF
	}
	n := copy(into, *r)
	*r = (*r)[n:]
	return n, nil
}

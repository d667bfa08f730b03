package keyfile

import (
	"fmt"
	"strings"

	"holdfast/config"
)

// maxPassword is the longest password of TCP-MD5 that the kernel takes, in bytes.
const maxPassword = 80

// Password reads a password of TCP-MD5 (RFC 2385) from a file of which others than its owner have nothing. A new line
// at its end is no part of it.
func Password(path string) (string, error) {
	text, err := contents(path, maxPassword+len("\r\n"))
	if err != nil {
		return "", err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if text == "" || len(text) > maxPassword {
		return "", fmt.Errorf("the password in %s does not have 1 to %d bytes", path, maxPassword)
	}
	return text, nil
}

// FillBGP puts the passwords that are in files into neighbours that nobody uses yet. Its error names the place and the
// neighbour.
func FillBGP(b *config.BGP) error {
	if b == nil {
		return nil
	}
	for i := range b.Neighbors {
		n := &b.Neighbors[i]
		if n.PasswordFile == "" {
			continue
		}
		password, err := Password(n.PasswordFile)
		if err != nil {
			return fmt.Errorf("%v: bgp: neighbor %s: %w", n.Pos, n.Addr, err)
		}
		n.Password = password
	}
	return nil
}

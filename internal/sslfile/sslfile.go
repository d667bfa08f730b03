// Package sslfile reads the files of the SSL block: the certificate that a check over TLS shows, its key, and the
// authorities that vouch for servers (semantics 10.24).
package sslfile

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/youmark/pkcs8"

	"holdfast/config"
	"holdfast/internal/keyfile"
)

// A Problem is what is wrong with one of the files.
type Problem struct {
	Keyword string // that names the file
	Err     error
}

// Error never tells what is in a file, nor the password.
func (p *Problem) Error() string { return "SSL " + p.Keyword + ": " + p.Err.Error() }

// Fill puts the contents of the files into a configuration that has use for them and that nobody runs yet. Each
// reload reads them anew, and nothing else does: a process that is started again after a crash gets what was in force,
// whatever has become of the files. Its error names the place.
func Fill(c *config.Config) error {
	if !c.SSL.Given() || !c.UsesSSL() {
		return nil
	}
	contents, problem := Read(c.SSL)
	if problem != nil {
		return fmt.Errorf("%v: %w", c.SSL.Pos, problem)
	}
	c.SSL.Contents = contents
	return nil
}

// Read reads the files of s and sees that they can be used. A certificate and a key are used together only: 2.2.7 takes
// one without the other too, and then shows nothing.
func Read(s config.SSL) (out config.SSLContents, p *Problem) {
	for _, f := range []struct {
		keyword, path string
		read          func(path string) (string, error)
		text          *string
	}{
		{"ca", s.CA, readAuthorities, &out.CA},
		{"certificate", s.Certificate, readCertificate, &out.Certificate},
		{"key", s.Key, func(path string) (string, error) { return readKey(path, s.Password) }, &out.Key},
	} {
		if f.path == "" {
			continue
		}
		text, err := f.read(f.path)
		if err != nil {
			return config.SSLContents{}, &Problem{f.keyword, err}
		}
		*f.text = text
	}
	if out.Certificate == "" || out.Key == "" {
		return out, nil
	}
	if _, err := tls.X509KeyPair([]byte(out.Certificate), []byte(out.Key)); err != nil {
		return config.SSLContents{}, &Problem{"key", fmt.Errorf("%s does not belong to %s: %w", s.Key, s.Certificate, err)}
	}
	return out, nil
}

// most is the size of the largest file that is read: all authorities of a distribution take a quarter of it.
const most = 1 << 20

func readFile(path string) ([]byte, error) {
	f, _, err := keyfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(b) > most:
		return nil, fmt.Errorf("%s has more than %d KiB", path, most>>10)
	}
	return b, nil
}

func readAuthorities(path string) (string, error) {
	b, err := readFile(path)
	if err != nil {
		return "", err
	}
	if !x509.NewCertPool().AppendCertsFromPEM(b) {
		return "", fmt.Errorf("%s has no certificate in PEM form", path)
	}
	return string(b), nil
}

// readCertificate reads a certificate and those that vouch for it, in one file.
func readCertificate(path string) (string, error) {
	b, err := readFile(path)
	if err != nil {
		return "", err
	}
	found := 0
	for rest := b; ; found++ {
		block, more := next(rest, "CERTIFICATE")
		if block == nil {
			break
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return "", fmt.Errorf("%s: certificate %d: %w", path, found+1, err)
		}
		rest = more
	}
	if found == 0 {
		return "", fmt.Errorf("%s has no certificate in PEM form", path)
	}
	return string(b), nil
}

// next is the next block whose type ends so, nil if there is none.
func next(b []byte, kind string) (block *pem.Block, rest []byte) {
	for {
		if block, b = pem.Decode(b); block == nil || strings.HasSuffix(block.Type, kind) {
			return block, b
		}
	}
}

// readKey reads a key and takes the password off it.
func readKey(path, password string) (string, error) {
	b, err := readFile(path)
	if err != nil {
		return "", err
	}
	block, _ := next(b, "PRIVATE KEY")
	if block == nil {
		return "", fmt.Errorf("%s has no key in PEM form", path)
	}
	if err := decrypt(block, password); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return string(pem.EncodeToMemory(block)), nil
}

// decrypt makes a block of a key that is not encrypted of one that is.
func decrypt(block *pem.Block, password string) error {
	legacy := strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED")
	if !legacy && block.Type != "ENCRYPTED PRIVATE KEY" {
		return nil
	}
	if password == "" {
		return errors.New("the key is encrypted; write its password")
	}
	if legacy {
		//lint:ignore SA1019 it keeps nothing secret from who has the file, and such files exist
		der, err := x509.DecryptPEMBlock(block, []byte(password))
		if err != nil {
			return errors.New("the password does not open the key")
		}
		*block = pem.Block{Type: block.Type, Bytes: der}
		return nil
	}
	key, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
	if err != nil {
		return fmt.Errorf("the password does not open the key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	*block = pem.Block{Type: "PRIVATE KEY", Bytes: der}
	return nil
}

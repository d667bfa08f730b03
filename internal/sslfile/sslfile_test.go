package sslfile

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"holdfast/config"
)

// files makes a certificate with its key in every form that openssl writes, and others that do not fit.
func files(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	cmd := exec.Command("sh", "-ec", `
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key -out cert -subj /CN=director -days 30
openssl ec -in key -aes256 -passout pass:sesame -out legacy
openssl ec -in key -des3 -passout pass:sesame -out legacy3
openssl pkcs8 -topk8 -in key -v2 aes256 -passout pass:sesame -out pkcs8
openssl pkcs8 -topk8 -in key -v2 des3 -passout pass:sesame -out pkcs8des
openssl pkcs8 -topk8 -in key -scrypt -passout pass:sesame -out scrypt
openssl genrsa -out rsa 2048
openssl req -x509 -key rsa -out rsacert -subj /CN=director -days 30
openssl rsa -in rsa -traditional -aes128 -passout pass:sesame -out rsalegacy
openssl pkcs8 -topk8 -in rsa -v2 aes128 -passout pass:sesame -out rsapkcs8
cat cert rsacert >chain
cat key cert >both
openssl x509 -in cert -outform DER -out der
echo nothing >empty
printf -- '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n' >broken
head -c 1100000 /dev/zero >large
`)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSemantics10_24_Files(t *testing.T) {
	dir := files(t)
	at := func(name string) string {
		if name == "" {
			return ""
		}
		return filepath.Join(dir, name)
	}
	for _, c := range []struct{ ca, certificate, key, password, problem string }{
		{"", "cert", "key", "", ""},
		{"", "cert", "key", "not needed", ""},
		{"", "cert", "legacy", "sesame", ""},
		{"", "cert", "legacy3", "sesame", ""},
		{"", "cert", "pkcs8", "sesame", ""},
		{"", "cert", "pkcs8des", "sesame", ""},
		{"", "cert", "scrypt", "sesame", ""},
		{"", "rsacert", "rsa", "", ""},
		{"", "rsacert", "rsalegacy", "sesame", ""},
		{"", "rsacert", "rsapkcs8", "sesame", ""},
		{"", "chain", "key", "", ""},
		{"", "both", "both", "", ""},
		{"chain", "", "", "", ""},
		{"", "cert", "", "", ""},
		{"", "", "legacy", "sesame", ""},
		{"", "cert", "legacy", "", "SSL key: " + at("legacy") + ": the key is encrypted; write its password"},
		{"", "cert", "pkcs8", "", "SSL key: " + at("pkcs8") + ": the key is encrypted; write its password"},
		{"", "cert", "legacy", "wrong secret", "SSL key: " + at("legacy") + ": the password does not open the key"},
		{"", "cert", "pkcs8", "wrong secret", "the password does not open the key"},
		{"", "cert", "rsa", "", "SSL key: " + at("rsa") + " does not belong to " + at("cert")},
		{"", "cert", "cert", "", "has no key in PEM form"},
		{"", "key", "key", "", "SSL certificate: " + at("key") + " has no certificate in PEM form"},
		{"", "der", "key", "", "has no certificate in PEM form"},
		{"", "broken", "key", "", "certificate 1: "},
		{"empty", "", "", "", "SSL ca: " + at("empty") + " has no certificate in PEM form"},
		{"none", "", "", "", "SSL ca: open " + at("none") + ": no such file or directory"},
		{"", "cert", "none", "", "SSL key: open "},
		{"", "none", "key", "", "SSL certificate: open "},
		{"fifo", "", "", "", "fifo is no file"},
		{"", "", "large", "", "large has more than 1024 KiB"},
	} {
		s := config.SSL{CA: at(c.ca), Certificate: at(c.certificate), Key: at(c.key), Password: c.password}
		got, problem := Read(s)
		switch {
		case c.problem == "" && problem != nil:
			t.Errorf("%+v: %v", c, problem)
		case c.problem == "":
			if (got.CA != "") != (c.ca != "") || (got.Certificate != "") != (c.certificate != "") || (got.Key != "") != (c.key != "") ||
				strings.Contains(got.Key, "ENCRYPTED") {
				t.Errorf("%+v: %+v", c, got)
			}
		case problem == nil || !strings.Contains(problem.Error(), c.problem):
			t.Errorf("%+v: %v", c, problem)
		case strings.Contains(problem.Error(), "secret") || got != (config.SSLContents{}):
			t.Errorf("%+v: %v, %+v", c, problem, got)
		}
	}
}

// The files are read when somebody needs them, and only then.
func TestFill(t *testing.T) {
	dir := files(t)
	c := &config.Config{SSL: config.SSL{CA: filepath.Join(dir, "none")}}
	c.SSL.Pos.File, c.SSL.Pos.Line, c.SSL.Pos.Col = "a.conf", 3, 1
	if err := Fill(c); err != nil {
		t.Error(err)
	}
	c.VirtualServers = []config.VirtualServer{{RealServers: []config.RealServer{{Checkers: []config.Checker{
		{Kind: config.CheckHTTP}, {Kind: config.CheckGRPC, GRPC: &config.GRPCCheck{}},
	}}}}}
	if err := Fill(c); err != nil {
		t.Error(err)
	}
	// Each of the two kinds alone has use for them.
	second := &c.VirtualServers[0].RealServers[0].Checkers[1]
	second.GRPC.TLS = true
	if err := Fill(c); err == nil || !strings.HasPrefix(err.Error(), "a.conf:3:1: SSL ca: open ") {
		t.Error(err)
	}
	*second = config.Checker{Kind: config.CheckSSL}
	if err := Fill(c); err == nil || !strings.HasPrefix(err.Error(), "a.conf:3:1: SSL ca: open ") {
		t.Error(err)
	}
	c.SSL.CA = filepath.Join(dir, "cert")
	if err := Fill(c); err != nil || !strings.Contains(c.SSL.Contents.CA, "BEGIN CERTIFICATE") {
		t.Error(err, c.SSL.Contents)
	}
	if err := os.Remove(c.SSL.CA); err != nil {
		t.Fatal(err)
	}
	c.SSL = config.SSL{}
	if err := Fill(c); err != nil || c.SSL.Contents != (config.SSLContents{}) {
		t.Error(err, c.SSL.Contents)
	}
}

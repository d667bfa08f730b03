package keyfile

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/config"
)

func TestPasswords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	long := strings.Repeat("p", maxPassword)
	for text, want := range map[string]string{
		"s3cret": "s3cret", "s3cret\n": "s3cret", "a b\r\n": "a b", long + "\n": long,
		"": "", "\n": "", long + "p": "", long + "\n\n": "",
	} {
		must(t, os.WriteFile(path, []byte(text), 0o600))
		got, err := Password(path)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "pp") {
			t.Errorf("it tells what is in the file: %v", err)
		}
	}
	must(t, os.Chmod(path, 0o644))
	if _, err := Password(path); err == nil || !strings.Contains(err.Error(), "chmod it to 0600") {
		t.Error(err)
	}
}

func TestPasswordsOfNeighbours(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	must(t, os.WriteFile(path, []byte("s3cret\n"), 0o600))
	b := &config.BGP{Neighbors: []config.BGPNeighbor{
		{Addr: netip.MustParseAddr("10.0.0.1")}, {Addr: netip.MustParseAddr("10.0.0.2"), PasswordFile: path}}}
	must(t, FillBGP(b))
	must(t, FillBGP(nil))
	if b.Neighbors[0].Password != "" || b.Neighbors[1].Password != "s3cret" {
		t.Errorf("%+v", b.Neighbors)
	}
	must(t, os.Remove(path))
	if err := FillBGP(b); err == nil || !strings.Contains(err.Error(), "bgp: neighbor 10.0.0.2: ") {
		t.Error(err)
	}
}

package keyfile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/config"
)

func TestSemantics2_14_KeysOfFiles(t *testing.T) {
	path, key := filepath.Join(t.TempDir(), "key"), strings.Repeat("k", 32)
	must(t, os.WriteFile(path, []byte(key), 0o600))
	list := []config.Instance{{Name: "A", HMAC: config.HMAC{Use: true, Keys: []config.HMACKey{
		{ID: 1, Text: "as it stands"}, {ID: 2, File: path}}}}}
	must(t, Fill(list))
	if k := list[0].HMAC.Keys; k[0].Text != "as it stands" || k[1].Text != key {
		t.Errorf("%+v", k)
	}
	list[0].HMAC.Keys[1].File = path + ".none"
	if err := Fill(list); err == nil || !strings.Contains(err.Error(), "(A) auth_hmac key 2: ") {
		t.Error(err)
	}
}

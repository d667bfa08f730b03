package reference

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"holdfast/internal/golden"
)

func TestAnswers(t *testing.T) {
	for name, query := range map[string]string{
		"priority.txt": "vrrp_instance.priority", "old.txt": "nb_get_retry", "entry.txt": "virtual_ipaddress.dev",
		"block.txt": "authentication", "list.txt": "unicast_peer", "alias.txt": "lvs_sched", "preprocessor.txt": "~LST(",
	} {
		var b bytes.Buffer
		if err := WriteAnswer(&b, Lookup(query)); err != nil {
			t.Fatal(err)
		}
		golden.Equal(t, filepath.Join("testdata", name), b.String())
	}
	var b bytes.Buffer
	if err := WriteJSON(&b, Lookup("vrrp_instance.priority")); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/priority.json", b.String())
}

// sample are entries of every kind, which no table changes.
func sampleBlocks() []Block {
	later := Entry{Block: "b", Keyword: "later", Arguments: "IF", Help: "something", Since: "2.4.0",
		Support: "not supported yet"}
	return []Block{
		{Keywords: []Entry{{Keyword: "b", Opens: "block", Help: "a block", Support: "works"}}},
		{Name: "b", Keywords: []Entry{later, {Block: "b", Keyword: "old", Help: "of old", Deprecated: true,
			Support: "works"}}},
		{Name: "b.l", Keywords: []Entry{{Block: "b.l", InEntry: true, Keyword: "dev", Help: "interface", Support: "works"}}},
	}
}

func TestLists(t *testing.T) {
	var b bytes.Buffer
	blocks := sampleBlocks()
	if err := WriteBlocks(&b, blocks); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/blocks.txt", b.String())
	b.Reset()
	if err := WriteList(&b, append(blocks[1].Keywords, blocks[2].Keywords...)); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/unsupported.txt", b.String())
	b.Reset()
	if err := WriteAnswer(&b, Answer{Entries: blocks[1].Keywords, Blocks: blocks[1:]}); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/answer.txt", b.String())
}

func TestJSONHasWhatProgramsNeed(t *testing.T) {
	var b bytes.Buffer
	if err := WriteJSON(&b, Entries()); err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	if err := json.Unmarshal(b.Bytes(), &out); err != nil || len(out) != len(Entries()) {
		t.Fatalf("%d of %d: %v", len(out), len(Entries()), err)
	}
	for _, key := range []string{"block", "keyword", "arguments", "help", "support"} {
		if _, ok := out[0][key]; !ok {
			t.Errorf("no %s in %v", key, out[0])
		}
	}
}

// The pages name every keyword.
func TestPagesAreComplete(t *testing.T) {
	manual, markdown := Manual("2026-01-02", "holdfast 1"), Markdown()
	for _, e := range Entries() {
		name := strings.NewReplacer("-", `\-`, "^", `\(ha`, "~", `\(ti`).Replace(e.Keyword)
		if !strings.Contains(manual, `\fB`+name) {
			t.Errorf("%s is not in the manual page", e.Name())
		}
		if !strings.Contains(markdown, "| `"+e.Keyword+"` |") {
			t.Errorf("%s is not in the tables", e.Name())
		}
	}
	if rows := strings.Count(markdown, "\n| `"); rows != len(Entries()) {
		t.Errorf("%d rows for %d keywords", rows, len(Entries()))
	}
	for i, line := range strings.Split(manual, "\n") {
		if len(line) > 80 && !strings.HasPrefix(line, `\fB`) {
			t.Errorf("line %d of the manual page has %d bytes: %s", i+1, len(line), line)
		}
	}
	for i, line := range strings.Split(strings.ReplaceAll(markdown, `\|`, ""), "\n") {
		if strings.HasPrefix(line, "| ") && strings.Count(line, "|") != 5 {
			t.Errorf("line %d of the tables has not four columns: %s", i+1, line)
		}
	}
}

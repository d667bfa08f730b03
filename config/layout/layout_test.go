package layout

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormat(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"indentation", "vrrp_instance A{\r\ninterface eth0\n\t\tvirtual_ipaddress  {\n10.0.0.1/24 dev \"a  b\"\n}}\n",
			"vrrp_instance A {\n    interface eth0\n    virtual_ipaddress {\n        10.0.0.1/24 dev \"a  b\"\n    }\n}\n"},
		{"brace on its own line", "a b # x\n{\n# y\nc\n}\n", "a b {  # x\n    # y\n    c\n}\n"},
		{"comments", "# top\n\n\n a { ! note\n# in\nb #end\n#last\n}\n#bye",
			"# top\n\na {  ! note\n    # in\n    b  #end\n#last\n}\n#bye\n"},
		{"several on a line", "a { b { c } } d { e }", "a {\n    b {\n        c\n    }\n}\nd {\n    e\n}\n"},
		{"kept as written", "$A=b   c\n$M=x \\\n   y {\\\n }\na {\n  @foo  b  c\n  ~SEQ(I,1,3)  d $I\n include  x y\n" +
			"${A}\n$M\n}\n",
			"$A=b   c\n$M=x \\\n   y {\\\n }\na {\n    @foo  b  c\n    ~SEQ(I,1,3)  d $I\n    include  x y\n    ${A}\n" +
				"    $M\n}\n"},
		{"lines of ours", "a {\n@holdfast b {\n @holdfast c  d\n@holdfast }\ne\n}\n",
			"a {\n    @holdfast b {\n        @holdfast c  d\n    @holdfast }\n    e\n}\n"},
		{"conditions", "@foo a {\n@foo b\n@foo }\n", "@foo a {\n    @foo b\n@foo }\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, found := Format([]byte(tt.text))
			if diff := cmp.Diff(tt.want, string(got)); diff != "" || len(found) > 0 {
				t.Errorf("%v -want +got:\n%s", found, diff)
			}
		})
	}
}

func TestFilesThatAreLeftAsTheyAre(t *testing.T) {
	for _, text := range []string{"a {\n", "}\n", "a \"b\n", "a\x00b\n", "\ufeffa\n", "$A=${A}\n $A\n", "0{~{}}"} {
		got, found := Format([]byte(text))
		if string(got) != text || len(found) != 1 || found[0].ID == "" {
			t.Errorf("%q gave %q, %v", text, got, found)
		}
	}
}

// check holds what is true of every file: the meaning stays, and a second time nothing changes.
func check(t *testing.T, text string) {
	t.Helper()
	out, found := Format([]byte(text))
	if len(found) > 0 {
		if string(out) != text {
			t.Fatalf("%q was changed in spite of %v", text, found)
		}
		return
	}
	if !same(text, string(out)) {
		t.Fatalf("%q became %q", text, out)
	}
	if again, found := Format(out); string(again) != string(out) {
		t.Fatalf("%q became %q, and then %q %v", text, out, again, found)
	}
}

func files(t testing.TB) []string {
	names, err := filepath.Glob("../language/testdata/*/*.conf")
	if err != nil || len(names) < 50 {
		t.Fatalf("%d files (%v)", len(names), err)
	}
	var out []string
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	return out
}

func TestFormatOfTestdata(t *testing.T) {
	for _, text := range files(t) {
		check(t, text)
	}
}

func FuzzFormat(f *testing.F) {
	for _, text := range files(f)[:20] {
		f.Add(text)
	}
	for _, text := range []string{"a{b}c", "a\n#\n{", "@a {\n@a }", "~LST({A,B},{1,2}) a {\n}", "$A=\\\nx {\n}",
		"a \\# b", "a # b \\\nc", "a{\n}#x\n{", "0{~{}}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { check(t, text) })
}

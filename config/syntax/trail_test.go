package syntax

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// trails are the words of files that begin with "here", with their place and trail.
func trails(snap Snapshot) []string {
	var out []string
	tree, _ := Parse(snap, nil)
	var visit func(Block)
	visit = func(block Block) {
		for _, node := range block.Nodes {
			for _, word := range node.Words {
				if !strings.HasPrefix(word.Text, "here") {
					continue
				}
				text := word.Text + " at " + word.Pos.String()
				for _, frame := range snap.Trail(word.Pos) {
					text += "; " + frame.String()
				}
				out = append(out, text)
			}
			if node.Block != nil {
				visit(*node.Block)
			}
		}
	}
	visit(tree)
	return out
}

func TestTrail(t *testing.T) {
	tests := []struct {
		name, text string
		want       []string
	}{
		{"as it stands", "a here { here }\n", []string{"here at k:1:3", "here at k:1:10"}},
		{"value", "$A=b  here\nx $A y here\n", []string{
			"here at k:2:3; in the value of $A, defined at k:1:7", "here at k:2:8"}},
		{"part of a word", "$A=re\nx he${A}2 he$A\n", []string{"here2 at k:2:3", "here at k:2:11"}},
		{"quotes", "$A=a \"here\"\nx ${A}\n", []string{"here at k:2:3; in the value of $A, defined at k:1:6"}},
		{"value in a value", "$A=1 here\n$B=b $A here2\nx $B\n", []string{
			"here at k:3:3; in the value of $B, defined at k:2:6; in the value of $A, defined at k:1:6",
			"here2 at k:3:3; in the value of $B, defined at k:2:9"}},
		{"three deep", "$A=here\n$B=$A\n$C=$B\n$C\n", []string{
			"here at k:4:1; in the value of $C, defined at k:3:4; in the value of $B, defined at k:2:4; in the value of " +
				"$A, defined at k:1:4"}},
		{"several lines", "$M=a \\\n  here \\\n  b here2\nx $M\n", []string{
			"here at k:2:3; in the value of $M, used at k:4:3", "here2 at k:3:5; in the value of $M, used at k:4:3"}},
		{"value in several lines", "$A=here\n$M=a \\\n b $A\n$M\n", []string{
			"here at k:3:4; in the value of $A, defined at k:1:4; in the value of $M, used at k:4:1"}},
		{"several lines in several lines", "$N=n \\\n here\n$M=a \\\n$N\n$M\n", []string{
			"here at k:2:2; in the value of $N, used at k:4:1; in the value of $M, used at k:5:1"}},
		{"loop", "~SEQ(V,3,4) here$V x here\n", []string{
			"here3 at k:1:13; with V=3, from k:1:1", "here at k:1:22; with V=3, from k:1:1",
			"here4 at k:1:13; with V=4, from k:1:1", "here at k:1:22; with V=4, from k:1:1"}},
		{"variable of a loop", "~LST(V, a, here) $V\n", []string{"here at k:1:18; with V=here, from k:1:12"}},
		{"variables of a loop", "~LST({V,W}, {a, here}, {b}) x $W here\n", []string{
			"here at k:1:31; with V=a, W=here, from k:1:14", "here at k:1:34; with V=a, W=here, from k:1:14",
			"here at k:1:34; with V=b, W=, from k:1:25"}},
		{"loops", "~SEQ(V,1) ~LST(W,x,y) here$V$W\n", []string{
			"here$Vx at k:1:23; with W=x, from k:1:18; with V=1, from k:1:1",
			"here$Vy at k:1:23; with W=y, from k:1:20; with V=1, from k:1:1"}},
		{"value in a loop", "$A=here\n~SEQ(V,1) a $A\n", []string{
			"here at k:2:13; in the value of $A, defined at k:1:4; with V=1, from k:2:1"}},
		{"loop in a value", "$A=~SEQ(V,1) here b$V here\nx {\n$A\n", []string{
			"here at k:3:1; in the value of $A, defined at k:1:14; with V=1, from k:3:1",
			"here at k:3:1; in the value of $A, defined at k:1:23; with V=1, from k:3:1"}},
		{"loop in several lines", "$A=a \\\n~SEQ(V,1) here\n$A\n", []string{
			"here at k:2:11; with V=1, from k:2:1; in the value of $A, used at k:3:1"}},
		{"several lines in a loop", "$A=$V \\\nhere $V\n~SEQ(V,7) $A\n", []string{
			"here at k:2:1; in the value of $A, used at k:3:11; with V=1, from k:3:1",
			"here at k:2:1; in the value of $A, used at k:3:11; with V=2, from k:3:1",
			"here at k:2:1; in the value of $A, used at k:3:11; with V=3, from k:3:1",
			"here at k:2:1; in the value of $A, used at k:3:11; with V=4, from k:3:1",
			"here at k:2:1; in the value of $A, used at k:3:11; with V=5, from k:3:1",
			"here at k:2:1; in the value of $A, used at k:3:11; with V=6, from k:3:1",
			"here at k:2:1; in the value of $A, used at k:3:11; with V=7, from k:3:1"}},
		{"left by a loop", "~LST(V,a,here) b\nx $V\n",
			[]string{"here at k:2:3; in the value of $V, left by the loop at k:1:10"}},
		{"definition in a loop", "~LST(V,here) $D=a $V here2\nx $D\n", []string{
			"here at k:2:3; in the value of $D, defined at k:1:19; in the value of $V, left by the loop at k:1:8",
			"here2 at k:2:3; in the value of $D, defined at k:1:22"}},
		{"definition out of a value", "$A=$B=here here2\n$A\n$B\n", []string{
			"here at k:3:1; in the value of $B, defined at k:2:1", "here2 at k:3:1; in the value of $B, defined at k:2:1"}},
		{"built-in", "x here${_HASH}\nx here ${_PWD}here\n", []string{"here at k:1:3", "here at k:2:3"}},
		{"include", "include i\n", []string{"here at i:2:3; included from k:1:9"}},
		{"include in a block, a value and a loop", "$A=include $V\n~LST(V,i) a { $A\n", []string{
			"here at i:2:3; included from k:2:15; in the value of $A, defined at k:1:12; with V=i, from k:2:8"}},
		{"includes", "include j\n", []string{
			"here at i:2:3; included from j:2:9; included from k:1:9",
			"here at j:3:3; in the value of $I, defined at i:1:4; included from k:1:9"}},
		{"condition", "@foo a here\n@^bar $A=here\nx $A\n", []string{"here at k:1:8",
			"here at k:3:3; in the value of $A, defined at k:2:10"}},
		{"circle", "$A=here ${B}\n$B=${A}\n${A}\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			files := MapSource{"k": tt.text, "i": "$I=here\n  here\n", "j": "x\ninclude i\n  $I\n"}
			snap := Load(files, "k", goldenOptions())
			if diff := cmp.Diff(tt.want, trails(snap)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			for _, line := range snap.Lines {
				if err := newWalk(files).origins(snap, line); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestTrailOfFindings has findings of reading and of parsing, and a snapshot
// that was sent to another process.
func TestTrailOfFindings(t *testing.T) {
	files := MapSource{"k.conf": "include sub/a\n", "sub/a": "include gone\n$A=x }\n~LST(V,q) $A\n"}
	sent := Load(files, "k.conf", goldenOptions())
	var wire bytes.Buffer
	if err := gob.NewEncoder(&wire).Encode(sent); err != nil {
		t.Fatal(err)
	}
	var snap Snapshot
	if err := gob.NewDecoder(&wire).Decode(&snap); err != nil {
		t.Fatal(err)
	}
	_, found := Parse(snap, nil)
	snap.Trace(found)
	var got []string
	for _, d := range append(snap.Diagnostics, found...) {
		got = append(got, fmt.Sprint(d, d.Trail))
	}
	want := []string{
		"sub/a:1:9: warning: Config files missing 'gone'. [included from k.conf:1:9]",
		"sub/a:3:11: error: Extra '}' found [in the value of $A, defined at sub/a:2:6 with V=q, from sub/a:3:8 included " +
			"from k.conf:1:9]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLongTrail leaves out the middle.
func TestLongTrail(t *testing.T) {
	files := MapSource{"f0": "here\n"}
	for i := 1; i < 50; i++ {
		files[fmt.Sprintf("f%d", i)] = fmt.Sprintf("include f%d\n", i-1)
	}
	snap := Load(files, "f49", Options{})
	trail := snap.Trail(snap.Lines[0].At(0))
	if len(trail) != MaxTrail || trail[0].String() != "included from f1:1:9" ||
		trail[15].String() != "included from f49:1:9" ||
		trail[8].String() != "and 34 more steps, the first of them included from f9:1:9" {
		t.Errorf("%d frames: %v", len(trail), trail)
	}
}

// TestTrailOfAnything does not hang on a snapshot that Load did not make.
func TestTrailOfAnything(t *testing.T) {
	snap := Snapshot{Origins: []Origin{{First: 2, Frame: Frame{Pos: Pos{Via: 2}}},
		{First: 3, Frame: Frame{Pos: Pos{Via: 1}, Text: "x"}}}}
	for via := int32(-1); via < 9; via++ {
		want := 0
		if via >= 3 {
			want = 1
		}
		if got := snap.Trail(Pos{Via: via}); len(got) != want {
			t.Errorf("%d: %v", via, got)
		}
	}
}

// TestOriginsStayFew: what leaves nothing behind needs no origins.
func TestOriginsStayFew(t *testing.T) {
	for text, most := range map[string]int{
		large(1000):                                    0,
		"~SEQ(I,1,10000) @bar a\n":                     0,
		"~SEQ(I,1,10000) $A=$I\n":                      0,
		"$A=@bar x\n~SEQ(I,1,10000) $A\n":              0,
		"$A=b\na " + strings.Repeat("$A,", 100) + "\n": 1,
		"~SEQ(I,1,100) a $I\n":                         100,
	} {
		if snap := load(text); len(snap.Origins) > most || len(snap.Diagnostics) > 0 {
			t.Errorf("%.40q: %d origins, want %d at most; %v", text, len(snap.Origins), most, snap.Diagnostics)
		}
	}
}

func TestOnce(t *testing.T) {
	snap := load("~SEQ(I,1,3) a $I }\n~SEQ(J,2) b }}\n")
	_, found := Parse(snap, nil)
	snap.Trace(found)
	var got []string
	for _, d := range Once(found) {
		got = append(got, fmt.Sprint(d.Pos, d.Trail))
	}
	want := []string{"k.conf:1:18 [with I=1, from k.conf:1:1]", "k.conf:2:13 [with J=1, from k.conf:2:1]",
		"k.conf:2:14 [with J=1, from k.conf:2:1]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

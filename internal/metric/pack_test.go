package metric

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unpacked is what tables are when they were compressed and are not any more.
func unpacked(t interface{ Fatal(...any) }, tables ...Table) (text string, packed int) {
	return unpackedBy(t, &Press{}, tables...)
}

func unpackedBy(t interface{ Fatal(...any) }, press *Press, tables ...Table) (text string, packed int) {
	var b bytes.Buffer
	of := press.Gzip(tables)
	n, err := of.WriteTo(&b)
	if packed = b.Len(); err != nil || packed != of.Len() || packed != int(n) {
		t.Fatal(err, n, packed, of.Len())
	}
	r, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(r) // compares the sum, too
	if err != nil {
		t.Fatal(err)
	}
	if b.Len() > 0 {
		t.Fatal(b.Len(), " bytes behind the end")
	}
	return string(whole), packed
}

// What is compressed is the text, whatever is in the tables.
func TestCompressedIsTheSame(t *testing.T) {
	families := []string{Up, Ready, RoleUp, CheckTime, RSUp, VRRPState, VRRPRefused, "keepalived_unheard_of"}
	name := rapid.OneOf(rapid.String(),
		rapid.SampledFrom([]string{"", "a", "VI_1", "VI_22", strings.Repeat("long", 9_000)}))
	number := rapid.OneOf(rapid.Float64(),
		rapid.SampledFrom([]float64{None(), None(), 0, 1, 10, 99, 1764533930.123, 1764533931}))
	table := rapid.Custom(func(t *rapid.T) Table {
		var one Table
		rows := rapid.IntRange(0, 40).Draw(t, "rows")
		for n := range rows {
			switch rapid.IntRange(0, 9).Draw(t, "kind") {
			case 0:
				one.Rows.Add()
			case 1:
				one.Rows.Add("name", name.Draw(t, "name"), "other", name.Draw(t, "other"))
			default:
				one.Rows.Add("name", fmt.Sprint("VI_", n), "other", fmt.Sprint(n%7))
			}
		}
		for n := range rapid.IntRange(0, 6).Draw(t, "columns") {
			labels := ""
			if rapid.Bool().Draw(t, "labelled") {
				labels = Labels("le", fmt.Sprint(n))
			}
			values := rapid.SliceOfN(number, rows, rows).Draw(t, "values")
			one.Add(rapid.SampledFrom(families).Draw(t, "family"), labels, Numbers(values...))
		}
		return one
	})
	rapid.Check(t, func(t *rapid.T) {
		tables := rapid.SliceOfN(table, 0, 4).Draw(t, "tables")
		want := written(t, tables...)
		if got, _ := unpacked(t, tables...); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

// farm is a table like that of many real servers.
func farm(rows int) Table {
	var t Table
	var zeros, counts, moments Values
	for n := range rows {
		t.Rows.Add("service", fmt.Sprintf("[10.0.%d.1]:tcp:80", n/100),
			"server", fmt.Sprintf("[10.1.%d.%d]:tcp:80", n/100, n%100))
		zeros.Add(0)
		counts.Add(float64(n * 37 % 1013))
		moments.Add(1764533930.123 + float64(n*17%997)/1e3)
	}
	t.Add(RSUp, "", zeros)
	t.Add(IPVSServerConnections, "", counts)
	t.Add(CheckLastRun, "", moments)
	for n := range 18 {
		t.Add(VRRPRefused, Labels("reason", fmt.Sprint("reason-", n)), zeros)
	}
	return t
}

// Text that is megabytes takes less than a tenth of that: otherwise what lines share is said in vain.
func TestCompressedIsSmall(t *testing.T) {
	for _, rows := range []int{1, 1000, 10_000} {
		table := farm(rows)
		text, packed := unpacked(t, table)
		if text != written(t, table) {
			t.Fatalf("of %d rows it is another text", rows)
		}
		if rows > 1 && packed*12 > len(text) {
			t.Errorf("%d bytes of %d", packed, len(text))
		}
	}
}

// A table that is not as long as its columns is no reason to make text that cannot be read.
func TestCompressedOfWhatIsCutOff(t *testing.T) {
	table := farm(50)
	table.Columns[1].Values = Numbers(1, 2, 3)
	if got, _ := unpacked(t, table); got != written(t, table) {
		t.Error("another text")
	}
}

// refusing is somebody who stops reading.
type refusing struct{ after int }

func (r *refusing) Write(b []byte) (int, error) {
	if r.after--; r.after < 0 {
		return 0, errors.New("gone")
	}
	return len(b), nil
}

func TestWhoStopsReadingIsAnError(t *testing.T) {
	var press Press
	tables := []Table{farm(20_000)}
	for after := range 3 {
		for name, write := range map[string]func(io.Writer) error{
			"plain": func(w io.Writer) error { return Write(w, tables) },
			"gzip": func(w io.Writer) error {
				_, err := press.Gzip(tables).WriteTo(w)
				return err
			},
		} {
			r := &refusing{after: after}
			if err := write(r); err == nil || r.after < -1 {
				t.Errorf("%s: %v, %d writes after the error", name, err, -1-r.after)
			}
		}
	}
}

// Each length and each distance has a code that says so.
func TestEachRepetition(t *testing.T) {
	whole := make([]byte, window)
	for n := range whole {
		whole[n] = byte(n*n>>3 ^ n)
	}
	p := newPacker()
	p.begin()
	p.add(whole)
	for length := 1; length <= 3*maxAgain+2; length++ {
		for _, distance := range []int{1, 2, 3, 4, 5, 6, 8, 9, 255, 256, 257, 1025, 24_576, 24_577, window - 1, window} {
			from := len(whole)
			for range length {
				whole = append(whole, whole[len(whole)-distance])
			}
			p.repeat(whole[from:], distance)
			whole = append(whole, byte(length))
			p.add(whole[len(whole)-1:])
		}
	}
	got, err := io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(p.segment().packed), strings.NewReader("\x03\x00"))))
	if err != nil || !bytes.Equal(got, whole) {
		t.Fatalf("%v, %d of %d bytes", err, len(got), len(whole))
	}
}

// Whatever changes from one time to the next, and whatever comes and goes: a press gives the text of now. What has not
// changed since the time before last is not made again.
func TestAPressKeepsWhatStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var press Press
		table := farm(rapid.IntRange(1, 50).Draw(t, "rows"))
		for range rapid.IntRange(1, 12).Draw(t, "times") {
			switch rapid.IntRange(0, 4).Draw(t, "what") {
			case 0:
				table = farm(rapid.IntRange(0, 50).Draw(t, "rows"))
			case 1:
				c := &table.Columns[rapid.IntRange(0, len(table.Columns)-1).Draw(t, "column")]
				c.Values = Numbers(rapid.SliceOfN(rapid.Float64(), table.Rows.Len(), table.Rows.Len()).Draw(t, "values")...)
			case 2:
				c := &table.Columns[rapid.IntRange(0, len(table.Columns)-1).Draw(t, "column")]
				c.Labels = Labels("n", rapid.String().Draw(t, "label"))
			}
			list := []Table{table}
			if rapid.Bool().Draw(t, "another") {
				list = append(list, farm(3))
			}
			want := written(t, list...)
			if got, _ := unpackedBy(t, &press, list...); got != want {
				t.Fatalf("%q, want %q", got, want)
			}
		}
	})
	var press Press
	table := farm(1000)
	first, second, third := press.Gzip([]Table{table}), press.Gzip([]Table{table}), press.Gzip([]Table{table})
	table.Columns[0].Values = Numbers(make([]float64, 1000)...)
	changed := press.Gzip([]Table{table})
	if press.Gzip([]Table{farm(1000), One()}); len(press.kept) != 4+21 {
		t.Errorf("%d parts are kept, of 21 columns and 4 families", len(press.kept))
	}
	if press.Gzip([]Table{One()}); len(press.kept) != 0 {
		t.Errorf("%d parts are kept that nobody tells", len(press.kept))
	}
	// Nor the room for what was large.
	if press.Gzip([]Table{farm(40_000)}); cap(press.writer.pack.out) < 8*chunk {
		t.Errorf("%d bytes of room for much", cap(press.writer.pack.out))
	}
	if press.Gzip([]Table{farm(10)}); cap(press.writer.pack.out) > 2*chunk {
		t.Errorf("%d bytes of room for little", cap(press.writer.pack.out))
	}
	for n := range first.parts[1 : len(first.parts)-1] {
		at := &third.parts[n+1][0]
		if at == &first.parts[n+1][0] || at != &second.parts[n+1][0] || at != &changed.parts[n+1][0] {
			t.Errorf("part %d was not kept", n)
		}
	}
}

func BenchmarkText(b *testing.B) {
	table := farm(10_000)
	tables := []Table{table}
	write := func(name string, f func(io.Writer) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var n counted
			for b.Loop() {
				n = 0
				if err := f(&n); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n), "bytes/scrape")
		})
	}
	write("plain", func(w io.Writer) error { return Write(w, tables) })
	write("gzip/all", func(w io.Writer) error {
		press := Press{}
		_, err := press.Gzip(tables).WriteTo(w)
		return err
	})
	var press Press
	write("gzip/nothing changed", func(w io.Writer) error {
		_, err := press.Gzip(tables).WriteTo(w)
		return err
	})
}

// counted counts bytes.
type counted int

func (c *counted) Write(b []byte) (int, error) {
	*c += counted(len(b))
	return len(b), nil
}

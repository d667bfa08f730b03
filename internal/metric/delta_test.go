package metric

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// over takes tables to another process and back from bytes.
func over(t interface{ Fatal(...any) }, tables []Table) (list []Table, bytes int) {
	for _, from := range tables {
		to := Table{Columns: slices.Clone(from.Columns)}
		b, err := from.Rows.AppendBinary(nil)
		if err == nil {
			err = to.Rows.UnmarshalBinary(b)
		}
		if err != nil {
			t.Fatal(err)
		}
		bytes += len(b)
		for n := range to.Columns {
			c := &to.Columns[n]
			bytes += len(c.Family) + len(c.Suffix) + len(c.Labels)
			b, err := c.Values.AppendBinary(nil)
			if err != nil {
				t.Fatal(err)
			}
			c.Values = Values{}
			if err := c.Values.UnmarshalBinary(b); err != nil {
				t.Fatal(err)
			}
			bytes += len(b)
			clear(b) // nothing of it is kept
		}
		list = append(list, to)
	}
	return list, bytes
}

// Whatever changes from one time to the next: what arrives is what was told.
func TestWhatArrivesIsWhatWasTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Sender
		var r Receiver
		tables := []Table{}
		for range rapid.IntRange(1, 15).Draw(t, "times") {
			if len(tables) > 0 && rapid.IntRange(0, 3).Draw(t, "what") > 0 {
				of := &tables[rapid.IntRange(0, len(tables)-1).Draw(t, "table")]
				n := rapid.IntRange(0, len(of.Columns)-1).Draw(t, "column")
				switch rapid.IntRange(0, 4).Draw(t, "change") {
				case 0:
					of.Columns[n].Values = Numbers(rapid.SliceOf(rapid.Float64()).Draw(t, "values")...)
				case 1:
					of.Columns[n].Labels = Labels("n", rapid.String().Draw(t, "label"))
				case 2:
					of.Columns = slices.Delete(slices.Clone(of.Columns), n, n+1)
				case 3:
					of.Rows = farm(rapid.IntRange(0, 5).Draw(t, "rows")).Rows
				}
				if len(of.Columns) == 0 {
					of.Add(Up, "", Numbers(1))
				}
			} else {
				tables = make([]Table, rapid.IntRange(0, 3).Draw(t, "tables"))
				for n := range tables {
					tables[n] = farm(rapid.IntRange(0, 5).Draw(t, "rows"))
				}
			}
			changed, _ := over(t, s.Changed(tables))
			got, err := r.Whole(changed)
			if err != nil {
				t.Fatal(err)
			}
			if a, b := written(t, got...), written(t, tables...); a != b {
				t.Fatalf("%q, want %q", a, b)
			}
		}
	})
}

// What stays is not told again: of many servers of which nothing changes but when they were checked, that.
func TestOnlyChangesAreTold(t *testing.T) {
	var s Sender
	table := farm(1000)
	_, first := over(t, s.Changed([]Table{table}))
	_, nothing := over(t, s.Changed([]Table{table}))
	moments := make([]float64, 1000)
	for n := range moments {
		moments[n] = 1764533930.5
	}
	table.Columns[2].Values = Numbers(moments...)
	_, one := over(t, s.Changed([]Table{table}))
	if first < 25_000 || nothing > 100 || one < 9_000 || one > 9_500 {
		t.Errorf("%d bytes, then %d, then %d", first, nothing, one)
	}
}

// Who refers to what was never told is not believed.
func TestNothingIsAsItNeverWas(t *testing.T) {
	var s Sender
	two := []Table{farm(2), farm(3)}
	_ = s.Changed(two)
	for name, of := range map[string]struct {
		last    []Table
		changed []Table
		want    string
	}{
		"table":  {two[:1], s.Changed(two), "rows of table 1"},
		"column": {[]Table{{}, {}}, s.Changed(two), "column 0 of table 0"},
	} {
		r := Receiver{last: of.last}
		if _, err := r.Whole(of.changed); err == nil || !strings.Contains(err.Error(), of.want) {
			t.Errorf("%s: %v", name, err)
		}
		if fmt.Sprint(r.last) != fmt.Sprint(of.last) {
			t.Errorf("%s: what was told before is gone", name)
		}
	}
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

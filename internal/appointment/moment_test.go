package appointment

import (
	"testing"
	"time"
	_ "time/tzdata" // a machine may have none

	"pgregory.net/rapid"
)

func zone(t fataler, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

type fataler interface {
	Helper()
	Fatal(args ...any)
}

const form = "2006-01-02 15:04:05 MST"

// What 2.2.7 refuses is refused.
func TestCLI5_4_Forms(t *testing.T) {
	now := time.Date(2026, 11, 30, 16, 31, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"23:00:00":              "2026-11-30 23:00:00 UTC",
		"23:00:00\n":            "2026-11-30 23:00:00 UTC",
		"23:00:00\nmore":        "2026-11-30 23:00:00 UTC",
		"23:00:00Z\n":           "2026-11-30 23:00:00 UTC",
		"16:31:00":              "2026-12-01 16:31:00 UTC",
		"16:31:01":              "2026-11-30 16:31:01 UTC",
		"26-12-01 10:00:00":     "2026-12-01 10:00:00 UTC",
		"26-12-01 10:00:00Z":    "2026-12-01 10:00:00 UTC",
		"2026-12-01 10:00:00":   "2026-12-01 10:00:00 UTC",
		"2026-12-01 10:00:00Z":  "2026-12-01 10:00:00 UTC",
		"2028-02-29 00:00:00":   "2028-02-29 00:00:00 UTC",
		"2300-01-01 10:00:00":   "2300-01-01 10:00:00 UTC",
		"2026-11-30 16:31:00":   "past",
		"2020-12-01 10:00:00":   "past",
		"":                      "refused",
		"\n23:00:00":            "refused",
		"junk":                  "refused",
		"25:00:00":              "refused",
		"23:60:00":              "refused",
		"23:00:60":              "refused",
		" 23:00:00":             "refused",
		"23:00:00 ":             "refused",
		"23:00:00\r\n":          "refused",
		"23:00:00z":             "refused",
		"23:00:00 Z":            "refused",
		"23:00:00ZZ":            "refused",
		"1:00:00":               "refused",
		"1:00:000":              "refused",
		"23:00:00.5":            "refused",
		"2026-12-01 1:00:00":    "refused",
		"2026-12-01  1:00:00":   "refused",
		"2027-02-29 10:00:00":   "refused",
		"2027-13-01 10:00:00":   "refused",
		"2027-00-01 10:00:00":   "refused",
		"2027-01-00 10:00:00":   "refused",
		"2027-01-01T10:00:00":   "refused",
		"2027/01/01 10:00:00":   "refused",
		"12027-01-01 10:00:00":  "refused",
		"-2027-01-01 10:00:00":  "refused",
		"2027-01-01 10:00:00+1": "refused",
	} {
		got := "refused"
		if m, err := parse(text); err == nil {
			at, ok := m.next(now, time.UTC)
			got = "past"
			if ok {
				got = at.Format(form)
			}
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

// Clocks that are put forward and back for summer.
func TestSummer(t *testing.T) {
	berlin, york, lordHowe := zone(t, "Europe/Berlin"), zone(t, "America/New_York"), zone(t, "Australia/Lord_Howe")
	for _, tt := range []struct {
		zone        *time.Location
		text, after string
		want        string
	}{
		{berlin, "02:30:00", "2027-03-27 12:00:00", "2027-03-28 03:30:00 CEST"}, // there is no 02:30 that day
		{berlin, "02:30:00", "2027-03-28 03:30:00", "2027-03-29 02:30:00 CEST"},
		{berlin, "03:00:00", "2027-03-27 12:00:00", "2027-03-28 03:00:00 CEST"},
		{berlin, "02:30:00", "2027-10-30 12:00:00", "2027-10-31 02:30:00 CEST"}, // the first of two
		{berlin, "12:00:00", "2027-10-30 12:00:00", "2027-10-31 12:00:00 CET"},
		{berlin, "2027-03-28 02:30:00", "2027-01-01 00:00:00", "2027-03-28 03:30:00 CEST"},
		{berlin, "2027-10-31 02:30:00Z", "2027-01-01 00:00:00", "2027-10-31 03:30:00 CET"},
		{york, "02:30:00", "2027-03-13 12:00:00", "2027-03-14 03:30:00 EDT"},
		{york, "01:30:00", "2027-11-06 12:00:00", "2027-11-07 01:30:00 EDT"},
		{york, "2027-11-07 05:00:00", "2027-01-01 00:00:00", "2027-11-07 05:00:00 EST"},
		{lordHowe, "02:15:00", "2027-10-02 12:00:00", "2027-10-03 02:45:00 +11"},
	} {
		m, err := parse(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		after, err := time.ParseInLocation("2006-01-02 15:04:05", tt.after, tt.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, ok := m.next(after, tt.zone)
		if got := at.In(tt.zone).Format(form); !ok || got != tt.want {
			t.Errorf("%s after %s: %s, want %s", tt.text, tt.after, got, tt.want)
		}
	}
	// The second 02:30 of that day is not another one.
	m, _ := parse("02:30:00")
	first := time.Date(2027, 10, 31, 0, 30, 0, 0, time.UTC)
	for _, after := range []time.Duration{0, time.Minute, time.Hour, 2 * time.Hour} {
		if at, _ := m.next(first.Add(after), berlin); at.Format("01-02") != "11-01" {
			t.Errorf("%v after the first: %v", after, at)
		}
	}
}

// A time of day comes once a day, whatever the zone does.
func TestEveryDayHasOne(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu",
		"Africa/Casablanca", "America/Havana", "Asia/Beirut"}
	rapid.Check(t, func(t *rapid.T) {
		zone := zone(t, rapid.SampledFrom(zones).Draw(t, "zone"))
		seconds := rapid.IntRange(0, 86399).Draw(t, "time of day")
		m, err := parse(time.Unix(int64(seconds), 0).UTC().Format("15:04:05"))
		if err != nil {
			t.Fatal(err)
		}
		at := time.Unix(rapid.Int64Range(1.7e9, 2.2e9).Draw(t, "now"), 0)
		for range 400 {
			next, ok := m.next(at, zone)
			if gap := next.Sub(at); !ok || gap <= 0 || gap > 26*time.Hour {
				t.Fatalf("%v after %v", next.In(zone), at.In(zone))
			}
			// Shown is what was asked for, or later where the clock leaves that out.
			y, mon, d := next.In(zone).Date()
			wall := time.Date(y, mon, d, 0, 0, seconds, 0, time.UTC)
			hour, minute, second := next.In(zone).Clock()
			if shown := time.Date(y, mon, d, hour, minute, second, 0, time.UTC); shown != wall &&
				shown.Sub(wall).Abs() > 3*time.Hour && shown.Sub(wall).Abs() < 21*time.Hour {
				t.Fatalf("%v, want %v", next.In(zone), wall)
			}
			at = next
		}
	})
}

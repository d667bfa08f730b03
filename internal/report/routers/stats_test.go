package routers

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"holdfast/config"
	"holdfast/vrrp"
)

// Every counter is in both files, once and as itself.
func TestEveryCounterIsInTheStats(t *testing.T) {
	var c vrrp.Counters
	v := reflect.ValueOf(&c).Elem()
	for i := range v.NumField() {
		v.Field(i).SetUint(uint64(1000 + i))
	}
	all := &Snapshot{Instances: []vrrp.Status{{Config: &config.Instance{Name: "VI", HMAC: config.HMAC{Use: true}}, Counters: c}}}
	text := string(Stats(all))
	asJSON, err := JSON(all)
	if err != nil {
		t.Fatal(err)
	}
	number := regexp.MustCompile(`:\d{4}[,}]`)
	for i := range v.NumField() {
		if n := strings.Count(text, fmt.Sprintf(": %d\n", 1000+i)); n != 1 {
			t.Errorf("%s is there %d times", v.Type().Field(i).Name, n)
		}
		if n := len(regexp.MustCompile(fmt.Sprintf(`:%d[,}]`, 1000+i)).FindAll(asJSON, -1)); n != 1 {
			t.Errorf("%s is in JSON %d times", v.Type().Field(i).Name, n)
		}
	}
	if n := len(number.FindAll(asJSON, -1)); n != v.NumField() {
		t.Errorf("%d numbers in JSON for %d counters:\n%s", n, v.NumField(), asJSON)
	}
	if n := strings.Count(text, ": 10"); n != v.NumField() {
		t.Errorf("%d numbers for %d counters:\n%s", n, v.NumField(), text)
	}
}

// What programs that read the file rely on: the three forms of lines with whole numbers, and that
// nothing of ours is called as something of keepalived's, wherever it stands.
func TestStatsAreReadByOtherPrograms(t *testing.T) {
	forms := regexp.MustCompile(`^(VRRP Instance: .+|  [A-Z][A-Za-z ]+:( \d+)?|    [A-Z][A-Za-z ]+: \d+)$`)
	theirs := map[string]bool{}
	inOurs := false
	for line := range strings.Lines(string(Stats(snapshot()))) {
		line = strings.TrimSuffix(line, "\n")
		if !forms.MatchString(line) {
			t.Errorf("no program expects %q", line)
		}
		word, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case strings.HasPrefix(line, "VRRP Instance"):
			inOurs = false
		case word == own:
			inOurs = true
		case inOurs && theirs[word]:
			t.Errorf("%s is a word of keepalived's", word)
		case inOurs && !strings.HasPrefix(line, "    "):
			t.Errorf("%q is behind the block of ours", line)
		case !inOurs:
			theirs[word] = true
		}
	}
	if len(theirs) == 0 {
		t.Error("no line at all")
	}
}

package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/user"
	"strconv"
	"testing"
	"time"

	"holdfast/internal/override"
	"holdfast/internal/state"
)

// What is ordered gets to the daemon as it is meant, with who has ordered it; what it says gets back.
func TestOrders(t *testing.T) {
	f := &fake{}
	s := start(t, f)
	seven := 7
	var told Changed
	code, err := s.Do(http.MethodPost, "/v1/overrides",
		Order{Verb: "weight", Name: "10.0.0.11", Service: "FWM 7", Weight: &seven, Seconds: 1.5}, &told)
	if err != nil || code != http.StatusOK || !told.OK || len(told.Overrides) != 1 || told.Overrides[0].Name != "10.0.0.11" {
		t.Errorf("status %d, %v, %+v", code, err, told)
	}
	r := f.request
	if r.Verb != override.AskWeight || r.Service != "FWM 7" || r.Weight == nil || *r.Weight != 7 || r.For != 1500*time.Millisecond {
		t.Errorf("%+v", r)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if int(r.UID) != os.Getuid() || r.By != me.Username {
		t.Errorf("by %q %d", r.By, r.UID)
	}
	if code, err = s.Do(http.MethodDelete, "/v1/overrides?name=VI_1", nil, &told); err != nil || code != http.StatusOK ||
		f.request.Verb != override.AskClear || f.request.Name != "VI_1" {
		t.Errorf("status %d, %v, %+v", code, err, f.request)
	}
	var hastened struct{ Servers int }
	if code, err = s.Do(http.MethodPost, "/v1/check-now?name=a&service=b", nil, &hastened); err != nil ||
		code != http.StatusOK || hastened.Servers != 2 || f.request.Name != "a" || f.request.Service != "b" {
		t.Errorf("status %d, %v, %+v, %+v", code, err, hastened, f.request)
	}
}

// Orders that are none are answered, and nobody hears of them; so are those that are refused.
func TestOrdersThatAreRefused(t *testing.T) {
	f := &fake{}
	s := start(t, f)
	post := func(body string) int {
		return s.request(t, "POST /v1/overrides HTTP/1.1\r\nHost: x\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
	}
	for _, body := range []string{"", "{", "[]", `{"verb":1}`, `{"what":"x"}`, `{"seconds":-1}`, `{"seconds":1e300}`} {
		if got := post(body); got != http.StatusBadRequest {
			t.Errorf("%s: status %d", body, got)
		}
	}
	if f.request != (override.Request{}) {
		t.Errorf("%+v", f.request)
	}
	if f.refused = "no"; post("{}") != http.StatusConflict {
		t.Error("a refusal is no conflict")
	}
	if f.err = errors.New("ended"); post("{}") != http.StatusServiceUnavailable {
		t.Error("an error is available")
	}
}

// What is in force is a list of its own, and what lasts is a warning.
func TestOverridesAreListed(t *testing.T) {
	f := &fake{answer: state.Answer{Overrides: []state.Override{
		{Kind: "routers", Action: "maintenance", Configured: true, Long: true, Text: "in maintenance by x (1)"},
		{Kind: "server", Service: "v", Name: "s", Action: "drain", Configured: true, Text: "drained by x (1)"},
	}}}
	s := start(t, f)
	var got state.All
	s.get(t, "/v1/state", &got)
	if len(got.Overrides) != 2 || got.Overrides[1].Name != "s" || len(got.Warnings) != 1 ||
		got.Warnings[0].Severity != state.Caution || got.Warnings[0].Text != "in maintenance by x (1)" {
		t.Errorf("%+v\n%+v", got.Overrides, got.Warnings)
	}
}

// The answer says which quorums are down then, of the virtual servers that a change is about, and of no others.
func TestTheAnswerTellsOfQuorums(t *testing.T) {
	services := `[{"name":"v","quorum":"down","quorum_wanted":3,"hysteresis":1,"weight":2,"serving":"sorry server"},` +
		`{"name":"w","quorum":"down"},{"name":"u","quorum":"up"}]`
	f := &fake{answer: state.Answer{Sources: []state.Source{{Role: "checker", Report: state.Report{
		Lists: map[string]string{state.Services: services}}}}}}
	s := start(t, f)
	for service, want := range map[string]string{"": "[]", "u": "[]", "x": "[]",
		"v": "[v: the quorum is down: weight 2 of servers that are up, 3 wanted; serving: sorry server]"} {
		f.service = service
		var told Changed
		code, err := s.Do(http.MethodPost, "/v1/overrides", Order{Verb: "drain", Name: "s"}, &told)
		if err != nil || code != http.StatusOK || told.Quorums == nil || fmt.Sprint(told.Quorums) != want {
			t.Errorf("%q: status %d, %v, %v, want %s", service, code, err, told.Quorums, want)
		}
	}
}

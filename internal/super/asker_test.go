package super

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"holdfast/internal/news"
	"holdfast/internal/state"
)

// The program that goes on answers as the API of the one before would have.
func TestAnswerInHTTP(t *testing.T) {
	for text, want := range map[string]struct {
		status int
		body   string
	}{
		answerDone + " 1.2": {http.StatusOK, "1.2"},
		"it does not":       {http.StatusConflict, "it does not"},
	} {
		r, err := http.ReadResponse(bufio.NewReader(strings.NewReader(inHTTP(text))), nil)
		if err != nil {
			t.Fatal(err)
		}
		var body struct {
			state.Upgraded
			Error string
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != want.status || body.Version+body.Error != want.body || body.OK != (body.Error == "") || !r.Close {
			t.Errorf("%s: status %d, %+v", text, r.StatusCode, body)
		}
	}
}

// What roles have told goes over as it is, bytes and all, and is stale; what the supervisor has told does not.
func TestNewsAreInherited(t *testing.T) {
	var before, after news.Board
	key := news.Key{Teller: "bfd", Topic: news.Sessions, Name: "a"}
	before.Tell(news.Item{Key: key, Version: 3, State: "\x00\xff\x80"})
	before.Tell(news.Item{Key: news.Key{Teller: overriderName, Topic: news.Overrides, Name: "b"}, Version: 1, State: "x"})
	text, err := json.Marshal(Succession{News: newsOf(before.All())})
	if err != nil {
		t.Fatal(err)
	}
	var n Succession
	if err := json.Unmarshal(text, &n); err != nil {
		t.Fatal(err)
	}
	after.Inherit(n.items())
	all := after.All()
	if len(all) != 1 || all[0] != (news.Item{Key: key, Standing: news.Stale, Version: 3, State: "\x00\xff\x80", Serial: 1}) {
		t.Errorf("%+v", all)
	}
	// Its teller tells the same, and that is news: from there on it is current.
	if it, isNew := after.Tell(news.Item{Key: key, Version: 3, State: "\x00\xff\x80"}); !isNew || it.Standing != news.Current {
		t.Errorf("%+v, %v", it, isNew)
	}
}

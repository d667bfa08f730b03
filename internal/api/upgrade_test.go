package api

import (
	"errors"
	"net/http"
	"os"
	"testing"

	"holdfast/internal/state"
)

// An upgrade is asked for as it is meant, and what it says gets back.
func TestUpgrade(t *testing.T) {
	f := &fake{}
	s := start(t, f)
	for _, c := range []struct {
		query, version string
		refused        string
		err            error
		status         int
	}{
		{"", "1.2 of '' false", "", nil, http.StatusOK},
		{"?check", "1.2 of '' true", "", nil, http.StatusOK},
		{"?program=/usr/sbin/holdfast&check", "1.2 of '/usr/sbin/holdfast' true", "", nil, http.StatusOK},
		{"?program=holdfast", "", "", nil, http.StatusBadRequest},
		{"", "", "not now", nil, http.StatusConflict},
		{"", "", "", errors.New("it ends"), http.StatusServiceUnavailable},
	} {
		f.refused, f.err = c.refused, c.err
		var told struct {
			state.Upgraded
			Error string
		}
		code, err := s.Post("/v1/upgrade"+c.query, &told)
		if err != nil || code != c.status || told.Version != c.version || told.OK != (c.status == http.StatusOK) ||
			told.OK && told.PID != os.Getpid() || !told.OK && told.Error == "" {
			t.Errorf("%q: status %d, %v, %+v", c.query, code, err, told)
		}
	}
}

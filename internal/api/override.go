package api

import (
	"context"
	"encoding/json"
	"net/http"
	"os/user"
	"strconv"
	"strings"
	"time"

	"holdfast/internal/override"
	"holdfast/internal/state"
)

// An Order is the body of POST /v1/overrides: what is to be changed.
type Order struct {
	Verb    string  `json:"verb" doc:"drain, maint, ready, weight, maintenance, resume, failover, leave, join, log-level or clear"`
	Name    string  `json:"name" doc:"real server, vrrp_instance or vrrp_sync_group; all for all instances"`
	Service string  `json:"service" doc:"virtual server that a real server is meant in; empty is every one that has it"`
	Weight  *int    `json:"weight" doc:"of weight; null is the one of the configuration"`
	Level   string  `json:"level" doc:"of log-level: debug, info, warning or error; empty is that of the command line"`
	Seconds float64 `json:"seconds" doc:"how long it holds; 0 is until somebody ends it, of failover a minute"`
}

// Changed is the answer to a change.
type Changed struct {
	OK        bool             `json:"ok" doc:"true"`
	Overrides []state.Override `json:"overrides" doc:"what was begun or ended"`
	Quorums   []string         `json:"quorums_down" doc:"of the virtual servers that this is about, a line each: one that is down now"`
}

// allowed reports whether whoever asks may change things, and answers him if not.
func (h *handler) allowed(w http.ResponseWriter, r *http.Request) bool {
	if h.mayChange(r.Context()) {
		return true
	}
	refuse(w, http.StatusForbidden, "only root, the user of the daemon and --api-group may do that")
	return false
}

func (h *handler) override(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(w, r) {
		return
	}
	var o Order
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		refuse(w, http.StatusBadRequest, "the body is no order: "+strings.TrimPrefix(err.Error(), "json: "))
		return
	}
	if !(o.Seconds >= 0 && o.Seconds <= override.MaxTime.Seconds()) {
		refuse(w, http.StatusBadRequest, "seconds: not between 0 and "+strconv.Itoa(int(override.MaxTime.Seconds())))
		return
	}
	h.change(w, r, override.Request{
		Verb: override.Verb(o.Verb), Name: o.Name, Service: o.Service, Weight: o.Weight, Level: o.Level,
		For: time.Duration(o.Seconds * float64(time.Second)),
	})
}

// clear ends what a name has, or everything.
func (h *handler) clear(w http.ResponseWriter, r *http.Request) {
	if h.allowed(w, r) {
		h.change(w, r, override.Request{Verb: override.AskClear, Name: r.URL.Query().Get("name")})
	}
}

func (h *handler) change(w http.ResponseWriter, r *http.Request, o override.Request) {
	if p, known := r.Context().Value(peerKey{}).(peer); known {
		o.UID = p.uid
		if u, err := user.LookupId(strconv.FormatUint(uint64(p.uid), 10)); err == nil && len(u.Username) <= maxName {
			o.By = u.Username
		}
	}
	changed, refused, err := h.Source.Override(r.Context(), o)
	if h.turnedAway(w, refused, err) {
		return
	}
	out := answer{w: w, status: http.StatusOK}
	out.write("{")
	out.field("ok", true)
	out.field("overrides", append([]state.Override{}, changed...))
	out.field("quorums_down", h.quorumsDown(r.Context(), changed))
	out.end()
}

// quorumsDown says of which virtual servers the quorum is down, of those whose servers were changed.
func (h *handler) quorumsDown(ctx context.Context, changed []state.Override) []string {
	about, lines := map[string]bool{}, []string{}
	for _, o := range changed {
		if o.Service != "" {
			about[o.Service] = true
		}
	}
	if len(about) == 0 {
		return lines
	}
	a := h.Source.Brief(ctx) // which tells what is after the change
	for _, s := range a.Sources {
		var services []state.Service
		decode(s, state.Services, &services)
		for i := range services {
			if text := services[i].Shortfall(); text != "" && about[services[i].Name] {
				lines = append(lines, text)
			}
		}
	}
	return lines
}

// maxName is how long the name of a user may be, in bytes.
const maxName = 64

// turnedAway answers that something was not done, and why.
func (h *handler) turnedAway(w http.ResponseWriter, refused, err error) bool {
	switch {
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, err.Error())
	case refused != nil:
		refuse(w, http.StatusConflict, refused.Error())
	}
	return err != nil || refused != nil
}

// checkNow has checks made that are due later.
func (h *handler) checkNow(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(w, r) {
		return
	}
	q := r.URL.Query()
	n, refused, err := h.Source.CheckNow(r.Context(), q.Get("name"), q.Get("service"))
	if h.turnedAway(w, refused, err) {
		return
	}
	out := answer{w: w, status: http.StatusOK}
	out.write("{")
	out.field("ok", true)
	out.field("servers", n)
	out.end()
}

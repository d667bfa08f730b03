package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"holdfast/config"
	"holdfast/internal/page"
	"holdfast/internal/state"
)

type handler struct {
	Options
	group    uint32
	hasGroup bool

	followers chan struct{} // has one for each
	packers   packers

	printing sync.Mutex
	hashed   uint64 // generation of hash, 0 = none
	hash     string
}

// routes are the questions that can be asked. docs/api.md lists them.
func (h *handler) routes() http.Handler {
	mux := http.NewServeMux()
	h.reading(mux)
	mux.HandleFunc("POST /v1/reload", h.reload)
	mux.HandleFunc("POST /v1/plan", h.plan)
	mux.HandleFunc("POST /v1/upgrade", h.upgrade)
	mux.HandleFunc("POST /v1/overrides", h.override)
	mux.HandleFunc("DELETE /v1/overrides", h.clear)
	mux.HandleFunc("POST /v1/check-now", h.checkNow)
	return http.MaxBytesHandler(harmless(mux), maxBody)
}

// reading are the questions that change nothing.
func (h *handler) reading(mux *http.ServeMux) {
	for _, list := range state.Lists() {
		mux.HandleFunc("GET /v1/"+list, func(w http.ResponseWriter, r *http.Request) {
			ask := h.Source.Brief
			if state.Long(list) {
				ask = h.Source.State
			}
			a := ask(r.Context())
			out := begin(w, a.Head(time.Now()))
			out.list(list, &a)
			out.end()
		})
	}
	mux.HandleFunc("GET /v1/state", h.all)
	mux.HandleFunc("GET /v1/config", h.config)
	mux.HandleFunc("GET /v1/events", h.events)
	mux.HandleFunc("GET /healthz", h.judged((*state.Answer).Ill))
	mux.HandleFunc("GET /readyz", h.judged((*state.Answer).NotReady))
	mux.HandleFunc("GET /metrics", h.metrics)
	mux.Handle("GET /{$}", page.Handler())
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "there is nothing at "+r.URL.Path+"; docs/api.md lists what there is")
	})
}

// harmless refuses what a web page asks for and is no reading. Whoever looks at a director through a tunnel
// (ssh -L 8080:/run/holdfast/api.sock) is known to it as the one who made the tunnel, and so is every other page that
// is open in the same browser.
func harmless(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if !reads && (r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") != "") {
			refuse(w, http.StatusForbidden, "a web page may read, and nothing else")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (h *handler) all(w http.ResponseWriter, r *http.Request) {
	ask := h.Source.State
	if r.URL.Query().Has("brief") {
		ask = h.Source.Brief
	}
	a := ask(r.Context())
	out := begin(w, a.Head(time.Now()))
	out.field("daemon", a.Daemon)
	out.field("config", h.configOf(&a, false))
	for _, list := range state.Lists() {
		out.list(list, &a)
	}
	out.end()
}

func (h *handler) config(w http.ResponseWriter, r *http.Request) {
	a := h.Source.Ready(r.Context())
	out := begin(w, a.Head(time.Now()))
	out.field("config", h.configOf(&a, true))
	out.end()
}

// configOf is the configuration with its hash, and with its text if that is wanted. A hash is made once of each
// configuration, and nothing else is kept: the text may be megabytes.
func (h *handler) configOf(a *state.Answer, whole bool) state.Config {
	c := a.Config
	if a.Running == nil {
		return c
	}
	if whole {
		var b strings.Builder
		h.print(&b, a.Running)
		c.Text, c.Positions = b.String(), positions(a.Running)
	}
	h.printing.Lock()
	defer h.printing.Unlock()
	h.makeHash(c.Generation, a.Running)
	c.Hash = h.hash
	return c
}

// makeHash makes the hash of a configuration, if it is not there; the caller has h.printing.
func (h *handler) makeHash(generation uint64, c *config.Config) {
	if h.hashed != generation {
		sum := sha256.New()
		h.print(sum, c)
		h.hashed, h.hash = generation, hex.EncodeToString(sum.Sum(nil))
	}
}

// longToPrint is how many virtual routers and real servers a configuration has of which nobody who scrapes waits for
// the hash: it takes a hundredth of a second for so many.
const longToPrint = 500

// hashSoon is the hash of the configuration, "" for a large one of which it is being made.
func (h *handler) hashSoon(a *state.Answer) string {
	if a.Running == nil {
		return ""
	}
	size := len(a.Running.Instances)
	for i := range a.Running.VirtualServers {
		size += len(a.Running.VirtualServers[i].RealServers)
	}
	if size < longToPrint {
		return h.configOf(a, false).Hash
	}
	if !h.printing.TryLock() {
		return "" // it is being made
	}
	generation, c := a.Config.Generation, a.Running
	if h.hashed == generation {
		defer h.printing.Unlock()
		return h.hash
	}
	go func() {
		defer h.printing.Unlock()
		h.makeHash(generation, c)
	}()
	return ""
}

func (h *handler) print(w io.Writer, c *config.Config) {
	if err := h.Print(w, c); err != nil {
		fmt.Fprintf(w, "# %v\n", err)
	}
}

// judged answers whether all is well: without a reason why not it is.
func (h *handler) judged(reasons func(*state.Answer) []string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := h.Source.Ready(r.Context())
		why := reasons(&a)
		out := answer{w: w, status: http.StatusOK}
		if len(why) > 0 {
			out.status = http.StatusServiceUnavailable
		}
		out.begin(a.Head(time.Now()))
		out.field("ok", len(why) == 0)
		out.field("reasons", why)
		out.end()
	}
}

// reload is not bounded in time: the roles may take a minute each.
func (h *handler) reload(w http.ResponseWriter, r *http.Request) {
	if !h.allowed(w, r) {
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	why, err := h.Source.Reload(r.Context(), r.URL.Query().Has("allow_empty"))
	verdict(w, why, err, func(*answer) {})
}

// verdict answers what has become of something: why it was refused, the error that kept it from being tried, or that it
// was done, with more about that.
func verdict(w http.ResponseWriter, why string, err error, more func(*answer)) {
	switch {
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, err.Error())
	case why != "":
		refuse(w, http.StatusConflict, why)
	default:
		out := answer{w: w, status: http.StatusOK}
		out.write("{")
		out.field("ok", true)
		more(&out)
		out.end()
	}
}

// refuse answers with the reason.
func refuse(w http.ResponseWriter, status int, why string) {
	out := answer{w: w, status: status}
	out.write("{")
	out.field("error", why)
	out.end()
}

// An answer is one object that is written field by field: lists that roles have encoded are passed on as they are.
type answer struct {
	w      http.ResponseWriter
	status int
	begun  bool
	fields int
}

func begin(w http.ResponseWriter, h state.Head) *answer {
	out := &answer{w: w, status: http.StatusOK}
	out.begin(h)
	return out
}

// begin writes the fields of a head.
func (a *answer) begin(h state.Head) {
	text, _ := json.Marshal(h) // plain values: it cannot fail
	a.write(strings.TrimSuffix(string(text), "}"))
	a.fields = 1
}

func (a *answer) write(text string) {
	if !a.begun {
		a.begun = true
		a.w.Header().Set("Content-Type", "application/json")
		a.w.Header().Set("Cache-Control", "no-store")
		a.w.WriteHeader(a.status)
	}
	// One who does not read any more has an error here, and nobody to tell.
	_, _ = a.w.(interface{ WriteString(string) (int, error) }).WriteString(text)
}

// name begins a field.
func (a *answer) name(name string) {
	if a.fields++; a.fields > 1 {
		a.write(",")
	}
	a.write(`"` + name + `":`)
}

func (a *answer) field(name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte("null")
	}
	a.name(name)
	a.write(string(text))
}

// list writes a list of all roles that have one.
func (a *answer) list(name string, of *state.Answer) {
	a.name(name)
	a.write("[")
	n := 0
	part := func(array string) {
		if inner := strings.TrimSuffix(strings.TrimPrefix(array, "["), "]"); inner != "" {
			if n++; n > 1 {
				a.write(",")
			}
			a.write(inner)
		}
	}
	switch name {
	case state.Warnings:
		own, _ := json.Marshal(of.Warnings()) // as above
		part(string(own))
	case state.Overrides:
		own, _ := json.Marshal(append([]state.Override{}, of.Overrides...))
		part(string(own))
	}
	for _, s := range of.Sources {
		part(s.Report.Lists[name])
	}
	a.write("]")
}

func (a *answer) end() { a.write("}\n") }

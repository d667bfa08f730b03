package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/internal/state"
)

const (
	master = "MASTER"
	backup = "BACKUP"
	owner  = 255 // the priority of one whose addresses they are
)

// routers says what becomes of virtual routers.
func (w *writer) routers() {
	for _, p := range w.pairs {
		if p.was != nil && p.is != nil && config.Equal(*p.was, *p.is) && w.groupOf(w.old, p.was) == w.groupOf(w.next, p.is) {
			continue
		}
		r := &routerWriter{writer: w, pair: p, at: w.standing(p.was)}
		r.out = state.PlannedRouter{Name: p.name(), State: r.at.State, Effect: []string{}}
		r.write()
		w.plan.Routers = append(w.plan.Routers, r.out)
	}
}

// A routerWriter writes about one virtual router.
type routerWriter struct {
	*writer
	pair
	at  state.Instance
	out state.PlannedRouter
}

func (r *routerWriter) say(format string, args ...any) {
	r.out.Effect = append(r.out.Effect, fmt.Sprintf(format, args...))
}

// moves says what makes the addresses change their director, too.
func (r *routerWriter) moves(format string, args ...any) {
	r.say(format, args...)
	text := fmt.Sprintf(format, args...)
	r.plan.Moves = append(r.plan.Moves, r.name()+": "+text)
}

func (r *routerWriter) write() {
	switch {
	case r.was == nil:
		r.out.Kind = state.Added
		r.starts()
	case r.is == nil:
		r.out.Kind = state.Removed
		r.ends()
	case r.anew():
		r.out.Kind = state.Restart
		r.say("becomes another virtual router: %v -> %v", r.was.Router(), r.is.Router())
		r.ends()
		r.starts()
	default:
		r.out.Kind = state.Changed
		r.stays()
	}
}

// starts is the beginning of a virtual router.
func (r *routerWriter) starts() {
	down := r.is.AdvertInt * time.Duration(r.is.DownTimerAdverts)
	if r.is.Priority == owner {
		r.moves("owner of its addresses: becomes MASTER at once")
		return
	}
	r.moves("starts as BACKUP with priority %d: becomes MASTER after %v and more without an advert, or when it has the "+
		"highest priority and may preempt", r.is.Priority, down)
}

// ends is the end of one.
func (r *routerWriter) ends() {
	switch r.at.State {
	case master:
		r.moves("is MASTER: resigns, and its addresses go to another director that has it")
	case "":
		r.say("as MASTER it would resign")
	default:
		r.say("is %s: nothing of it is here", r.at.State)
	}
}

// stays is a virtual router that keeps its state.
func (r *routerWriter) stays() {
	if r.at.State != "" {
		r.say("is %s and goes on with its timers", r.at.State)
	}
	if r.was.Name != r.is.Name {
		r.say("is called %s from then on", r.is.Name)
	}
	r.priority()
	r.hearing()
	r.peers()
	r.group()
	r.tracking()
	if r.was.VMAC != r.is.VMAC {
		r.moves("use_vmac changes: its addresses go to another interface of this host and get another hardware address")
	}
}

// priority is who is to be master afterwards.
func (r *routerWriter) priority() {
	by := int(r.is.Priority) - int(r.was.Priority)
	preempts := !r.is.NoPreempt
	if by == 0 && preempts == !r.was.NoPreempt {
		return
	}
	// What it tracks counts on. One that lacks addresses or has nothing known of it is judged by the file.
	from := int(r.at.EffectivePriority)
	if from == 0 {
		from = int(r.was.Priority)
	}
	to := min(max(from+by, 1), owner)
	if by != 0 {
		text := fmt.Sprintf("priority %d -> %d", r.was.Priority, r.is.Priority)
		if from != int(r.was.Priority) {
			text += fmt.Sprintf(", with what it tracks %d -> %d", from, to)
		}
		r.say("%s", text)
	}
	switch r.at.State {
	case master:
		if by < 0 {
			r.moves("a director with a priority above %d that may preempt takes over: this one had %d", to, from)
		}
	case backup:
		heard := int(r.at.MasterPriority)
		switch {
		case heard == 0: // it has been BACKUP for a moment, or the master has resigned
			r.say("no master is heard: an election with priority %d is under way", to)
		case to <= heard:
			r.say("the master (%v, priority %d) stays master", r.at.Master, heard)
		case !preempts:
			r.say("has a higher priority than the master (%v, %d) and does not preempt", r.at.Master, heard)
		default:
			r.moves("takes over from %v, whose priority is %d", r.at.Master, heard)
		}
	}
}

// hearing is what both directors have to have alike.
func (r *routerWriter) hearing() {
	var words []string
	if r.was.Version != r.is.Version {
		words = append(words, "version")
	}
	if r.was.Auth != r.is.Auth || r.was.AuthPass != r.is.AuthPass {
		words = append(words, "authentication")
	}
	if r.is.Version == 2 && r.was.Version == 2 && r.was.AdvertInt != r.is.AdvertInt {
		words = append(words, "advert_int")
	}
	if !config.Equal(r.was.HMAC, r.is.HMAC) {
		words = append(words, "auth_hmac")
	}
	if len(words) == 0 {
		return
	}
	what := strings.Join(words, " and ")
	switch r.at.State {
	case backup:
		r.moves("%s differs from that of the master until that has it too: does not hear it and becomes MASTER as well", what)
	case master:
		r.moves("%s differs from that of the others until they have it too: they do not hear it, and one becomes MASTER as "+
			"well", what)
	default:
		r.moves("%s differs from that of the others until they have it too", what)
	}
}

// peers are those that get its adverts.
func (r *routerWriter) peers() {
	var lost []string
	for _, p := range r.was.UnicastPeers {
		if !slices.ContainsFunc(r.is.UnicastPeers, func(q config.Peer) bool { return q.Addr == p.Addr }) {
			lost = append(lost, p.Addr.String())
		}
	}
	if len(lost) > 0 && r.at.State == master {
		r.moves("%s gets no adverts any more and becomes MASTER as well if it has this virtual router",
			strings.Join(lost, ", "))
	}
}

// group is what is decided together with others.
func (r *routerWriter) group() {
	was, is := r.groupOf(r.old, r.was), r.groupOf(r.next, r.is)
	switch {
	case was == is:
	case is == "":
		r.say("leaves sync group %s and goes by itself", was)
	default:
		r.moves("joins sync group %s: it is master only together with its members", is)
	}
}

func (w *writer) groupOf(c *config.Config, in *config.Instance) string {
	for _, g := range c.Groups {
		if slices.Contains(g.Members, in.Name) {
			return g.Name
		}
	}
	return ""
}

// tracking is what it watches from then on.
func (r *routerWriter) tracking() {
	for _, t := range r.is.Tracks {
		known := func(o config.Track) bool { return o.Kind == t.Kind && o.Name == t.Name && o.Weight == t.Weight }
		if t.Weight != 0 || slices.ContainsFunc(r.was.Tracks, known) {
			continue
		}
		what := t.Kind.String() + " " + t.Name
		switch r.status(t) {
		case "down":
			r.moves("goes to FAULT: %s, which it tracks from then on, is down", what)
		case "":
			r.say("tracks %s from then on, whose state is not known yet: FAULT while it is down", what)
		}
	}
}

func (r *routerWriter) status(t config.Track) string {
	for _, k := range r.now.Trackers {
		if k.Kind == t.Kind.String() && k.Name == t.Name {
			return k.Status
		}
	}
	return ""
}

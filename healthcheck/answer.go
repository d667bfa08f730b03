package healthcheck

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"holdfast/config"
	"holdfast/healthcheck/attempt"
	"holdfast/healthcheck/reason"
)

// answer is the answer to one request: it is read to its end and judged.
type answer struct {
	response
	t     Target
	url   config.URL
	limit time.Duration // of the attempt as a whole
	room  *Room
	large func() // gives back the place of a large page; nil without one
}

func newAnswer(t Target, room *Room, limit time.Duration) *answer {
	a := &answer{t: t, url: t.Checker.HTTP.URLs[t.URL], limit: limit, room: room}
	if a.url.HasDigest {
		a.digest = md5.New()
	}
	if t.pattern(t.URL) != nil {
		a.searchLimit = searchLimit
	}
	return a
}

// free gives back what the answer holds.
func (a *answer) free() {
	if a.large != nil {
		a.large()
		a.large = nil
	}
}

// read reads to the end of the stream and judges. What is whole when the connection is
// reset counts: the server has answered.
func (a *answer) read(ctx context.Context, stream io.Reader, conn net.Conn) attempt.Outcome {
	buf := make([]byte, 4096)
	for {
		// For each read anew, as 2.2.7 does it; what that lets a slow server have, limit bounds.
		_ = conn.SetReadDeadline(time.Now().Add(a.t.Checker.ConnectTimeout))
		// After the deadline was set: the end of ctx puts one in the past there, which the line above
		// may just have replaced.
		if ctx.Err() != nil {
			return a.late(reason.Reason{Code: reason.TooSlow, Limit: a.limit})
		}
		n, err := stream.Read(buf)
		if n > 0 {
			if !a.take(buf[:n]) {
				return a.noData(a.tooLong())
			}
			// It is large only now: until it was, it needed no place among the large ones.
			if len(a.search) > smallPage && a.large == nil {
				if a.large = a.room.large(ctx); a.large == nil {
					return a.noRoom()
				}
			}
		}
		switch {
		case err == nil:
		case endOfStream(err):
			return a.judge(ctx)
		case timedOut(err):
			return a.late(a.silent(ctx))
		case a.whole():
			return a.judge(ctx)
		default:
			return fail("Read error with server "+a.t.Server+".", broken(err, a.phase(), 0))
		}
	}
}

// endOfStream reports whether err is an end of file; a TLS peer that closes without
// close_notify counts as one (semantics 10.6).
func endOfStream(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func (a *answer) phase() reason.Phase {
	if a.total == 0 {
		return reason.Waiting
	}
	return reason.Reading
}

// silent says why nothing more came.
func (a *answer) silent(ctx context.Context) reason.Reason {
	switch {
	case ctx.Err() != nil:
		return reason.Reason{Code: reason.TooSlow, Limit: a.limit}
	case a.whole():
		return reason.Reason{Code: reason.NotClosed, Limit: a.t.Checker.ConnectTimeout}
	}
	return reason.Reason{Code: reason.NoAnswer, Phase: a.phase(), Limit: a.t.Checker.ConnectTimeout}
}

func (a *answer) late(why reason.Reason) attempt.Outcome {
	what := "HTTP"
	switch {
	case a.total == 0:
		what = "WEB"
	case a.t.Checker.Kind == config.CheckSSL:
		what = "SSL"
	}
	return fail("Timeout "+what+" read server "+a.t.Server+".", why)
}

func (a *answer) tooLong() reason.Reason {
	if a.body > bodyLimit {
		return reason.Reason{Code: reason.LongBody, Number: bodyLimit}
	}
	return reason.Reason{Code: reason.LongHeaders, Number: headerLimit}
}

func (a *answer) noData(why reason.Reason) attempt.Outcome {
	return fail("Read, no data received from  server "+a.t.Server+".", why)
}

// noRoom is the outcome when so many large pages are looked at that this one had no turn.
func (a *answer) noRoom() attempt.Outcome {
	return attempt.Outcome{
		Verdict: attempt.Local, Line: "Page of server " + a.t.Server + " cannot be searched. Rescheduling",
		Reason: reason.Reason{Code: reason.NoRoom, Limit: a.limit},
	}
}

// judge looks at data, status, digest and regex, in this order (semantics 10.3).
func (a *answer) judge(ctx context.Context) attempt.Outcome {
	// The stream ended before the headers did.
	if !a.headersDone {
		return a.noData(reason.Reason{Code: reason.Closed, Phase: a.phase()})
	}
	var res attempt.Outcome
	// Only logged, whatever the check comes to (semantics 10.3).
	if a.announced >= 0 && a.announced != a.body {
		res.Notes = []string{fmt.Sprintf("http_check for RS %s VS %s url %s: "+
			"content_length (%d) does not match received bytes (%d)",
			a.t.Server, a.t.Service, a.url.Path, a.announced, a.body)}
	}
	switch {
	case !contains(a.url.Status, a.status):
		res.Line = "HTTP status code error to server " + a.t.Server + "."
		res.Reason = reason.Reason{Code: reason.Status, Number: a.status, Text: a.begins, Want: list(a.url.Status)}
	case a.url.HasDigest && !a.digestFits(&res):
		// digestFits has said why.
	case a.url.Regex != "":
		a.match(ctx, &res)
	default:
		res.Verdict = attempt.Passed
	}
	return res
}

// digestFits compares the digest, and says so in res when it is another.
func (a *answer) digestFits(res *attempt.Outcome) bool {
	got := [16]byte(a.digest.Sum(nil))
	if got == a.url.Digest {
		return true
	}
	res.Line = "MD5 digest error to server " + a.t.Server + "."
	res.Reason = reason.Reason{Code: reason.Digest, Text: hex.EncodeToString(got[:]),
		Want: hex.EncodeToString(a.url.Digest[:])}
	return false
}

// match looks for the pattern of the URL.
func (a *answer) match(ctx context.Context, res *attempt.Outcome) {
	if a.t.pattern(a.t.URL) == nil {
		res.Line = "Regex of url " + a.url.Path + " cannot be used for server " + a.t.Server + "."
		res.Reason = reason.Reason{Code: reason.BadPattern}
		return
	}
	// A search that is given up keeps the place until it has really ended.
	release := a.large
	a.large = nil
	if release == nil {
		release = a.room.small(ctx)
	}
	if release == nil {
		*res = a.noRoom()
		return
	}
	found, err := a.t.pattern(a.t.URL).search(ctx, a.search, release)
	switch {
	case err == nil && found != a.url.RegexNoMatch:
		// `regex_no_match` turns it around (semantics 10.7).
		res.Verdict = attempt.Passed
		return
	case err != nil:
		res.Reason = reason.Reason{Code: reason.SearchTime, Limit: matchTimeout}
	case found:
		res.Reason = reason.Reason{Code: reason.Found}
	default:
		res.Reason = reason.Reason{Code: reason.NotFound}
	}
	res.Line = "Regex match failed server " + a.t.Server + "."
}

// statuses is the set that counts: an empty one is 200-299.
func statuses(set config.StatusSet) config.StatusSet {
	if len(set) == 0 {
		return config.StatusSet{{200, 299}}
	}
	return set
}

// list is the set in words.
func list(set config.StatusSet) string {
	return strings.ReplaceAll(statuses(set).String(), " ", ", ")
}

// contains reports whether status is in the set.
func contains(set config.StatusSet, status int) bool {
	for _, r := range statuses(set) {
		if status >= int(r[0]) && status <= int(r[1]) {
			return true
		}
	}
	return false
}

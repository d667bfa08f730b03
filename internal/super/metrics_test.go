package super

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/internal/metric"
	"holdfast/internal/state"
)

// A tallying is an engine that counts how often its metrics were asked for; the rest of what it tells stays.
type tallying struct {
	fakeEngine
	n float64
}

func (e *tallying) Metrics(context.Context) (state.Report, error) {
	e.n++
	var t metric.Table
	var up metric.Values
	for n := range 1000 {
		t.Rows.Add("role", fmt.Sprint("vrrp", n))
		up.Add(float64(n))
	}
	t.Add(metric.RoleUp, "", up)
	one := metric.One()
	one.Add(metric.Up, "", metric.Numbers(e.n))
	return state.Report{At: time.Now().UnixNano(), Tables: []metric.Table{t, one}}, nil
}

// What a role tells each time is whole in the supervisor, though of what stays nothing is sent again; also when another
// process of the role begins.
func TestMetricsArriveWhole(t *testing.T) {
	var room []byte
	for process := range 2 {
		c, r := &child{}, &roleChild{ChildOptions: ChildOptions{Engine: &tallying{}}}
		for n := range 4 {
			report, err := r.metrics(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var frame bytes.Buffer
			if err := writeMessage(&frame, message{Kind: kindState, Question: state.AskMetrics, State: &report}); err != nil {
				t.Fatal(err)
			}
			if size := frame.Len(); (size > 2000) != (n == 0) {
				t.Errorf("process %d, answer %d has %d bytes", process, n, size)
			}
			m, used, err := readMessageInto(room, &frame)
			if err == nil {
				err = c.complete(m.State)
			}
			if err != nil {
				t.Fatal(err)
			}
			room = used
			clear(room[:cap(room)]) // nothing of it is needed any more
			var text strings.Builder
			if err := metric.Write(&text, m.State.Tables); err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				"keepalived_role_up{role=\"vrrp0\"} 0\n", "keepalived_role_up{role=\"vrrp999\"} 999\n",
				fmt.Sprintf("keepalived_up %d\n", n+1),
			} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("process %d, answer %d: %q is missing", process, n, want)
				}
			}
		}
	}
}

//go:build ipvs

package engine

import (
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"holdfast/config"
	"holdfast/config/language"
	"holdfast/config/syntax"
)

// calls is a gRPC server at an address, with the health of its services.
func calls(t *testing.T, at string) (states *health.Server, stop func()) {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	s, states := grpc.NewServer(), health.NewServer()
	healthpb.RegisterHealthServer(s, states)
	states.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVING)
	go func() { _ = s.Serve(l) }() // it ends with Stop
	t.Cleanup(s.Stop)
	return states, s.Stop
}

// meant is what a text means.
func meant(t *testing.T, text string) *config.Config {
	t.Helper()
	c, diags := language.Bind(syntax.Load(syntax.MapSource{"f": text}, "f", syntax.Options{}), language.Env{})
	for _, d := range diags {
		if d.Severity > syntax.Note {
			t.Errorf("%v", d)
		}
	}
	return c
}

// The table follows what gRPC servers say of their health, from the file to the kernel.
func TestKernelGRPCCheck(t *testing.T) {
	scene(t)
	const server = "real_server 127.0.0.$N 8080 {\n@holdfast GRPC_CHECK {\n@holdfast service shop.Cart\n@holdfast }\n}\n"
	c := meant(t, "virtual_server 127.1.0.1 8080 {\nprotocol TCP\nlb_algo rr\nlb_kind NAT\nalpha\ndelay_loop 0.3\nwarmup 0\n"+
		"delay_before_retry 0.1\nconnect_timeout 10\n"+strings.ReplaceAll(server, "$N", "2")+strings.ReplaceAll(server, "$N", "3")+"}\n")
	calls(t, "127.0.0.2:8080")
	states, stop := calls(t, "127.0.0.3:8080")
	d := launch(t, c, Options{})
	one, _, _ := strings.Cut(strings.TrimLeft(fullTable, "\n"), "-a -t 127.1.0.1:8080 -r 127.0.0.3")
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"both serve", func() {}, fullTable},
		{"one does not", func() { states.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_NOT_SERVING) }, one},
		{"it does again", func() { states.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVING) }, fullTable},
		{"it has no such service", func() { states.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVICE_UNKNOWN) }, one},
		{"it has it again", func() { states.SetServingStatus("shop.Cart", healthpb.HealthCheckResponse_SERVING) }, fullTable},
		{"it is gone", func() { stop() }, one},
		{"it is back", func() { calls(t, "127.0.0.3:8080") }, fullTable},
	} {
		t.Log(step.name)
		step.do()
		eventually(t, time.Minute, step.want)
	}
	said := ""
	for _, l := range d.logs.All() {
		said += l.Message + "\n"
	}
	for _, why := range []string{"(its health is NOT_SERVING)", "(its health is SERVICE_UNKNOWN)", "(connection refused)"} {
		if !strings.Contains(said, why) {
			t.Errorf("no line says %q\n%s", why, said)
		}
	}
	d.end()
	eventually(t, time.Minute, "")
}

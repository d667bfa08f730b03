package language

import (
	"testing"
	"time"

	"holdfast/config"
)

// Whatever an SMTP_CHECK with a host says about the connection makes a check of the real server itself, and is no matter
// of the host but for its time; what it says of the rest is the host's, and makes no check (semantics 10.22).
func TestWordsAroundAHostOfSMTPCheck(t *testing.T) {
	plain := config.Checker{Kind: config.CheckSMTP, ConnectTimeout: 5 * time.Second, Retry: 1}
	for words, c := range map[string]struct {
		itself bool
		host   func(*config.Checker) // the host with these words around it
	}{
		"connect_ip 10.0.0.98":        {true, nil},
		"connect_port 587":            {true, nil},
		"bindto 10.0.0.97":            {true, nil},
		"bind_port 5050":              {true, nil},
		"bind_if eth0":                {true, nil},
		"fwmark 7":                    {true, nil},
		"connect_timeout 3":           {true, func(k *config.Checker) { k.ConnectTimeout = 3 * time.Second }},
		"retry 4":                     {false, func(k *config.Checker) { k.Retry = 4 }},
		"alpha":                       {false, func(k *config.Checker) { k.Alpha = true }},
		"log_all_failures":            {false, func(k *config.Checker) { k.LogAllFailures = true }},
		"helo_name me":                {false, nil},
		"fwmark 7\nconnect_timeout 3": {true, func(k *config.Checker) { k.ConnectTimeout = 3 * time.Second }},
	} {
		const host = "host {\nconnect_ip 10.0.0.99\nconnect_port 26\n}\n"
		for _, text := range []string{words + "\n" + host, host + words + "\n"} {
			c2, _ := bind(t, service("", "SMTP_CHECK {\n"+text+"}\n"))
			all := c2.VirtualServers[0].RealServers[0].Checkers
			if itself := len(all) == 2; itself != c.itself || len(all) > 2 {
				t.Errorf("%q: %d checks", words, len(all))
				continue
			}
			got, want := all[len(all)-1], plain
			if c.host != nil {
				c.host(&want)
			}
			if got.Connect.String() != "10.0.0.99:26" || got.BindAddr.IsValid() || got.BindPort != 0 || got.BindIf != "" || got.FWMark != 0 ||
				got.ConnectTimeout != want.ConnectTimeout || got.Retry != want.Retry || got.Alpha != want.Alpha ||
				got.LogAllFailures != want.LogAllFailures || got.SMTP != all[0].SMTP {
				t.Errorf("%q: the host is %+v", words, got)
			}
		}
	}
}

//go:build e2e

package servers

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast/test/lab"
)

// A box is a real server that is a mail server with options of its own for whoever connects; none is nobody there.
type box struct {
	question
	options string
	program string // "" is smtpd
}

const atOnce = "smtpd_delay_reject=no"

// boxes are what mail servers do, right and wrong.
func boxes() []box {
	allowed := atOnce + " mynetworks=10.70.0.20/30 smtpd_client_restrictions=permit_mynetworks,reject"
	qualified := atOnce + " smtpd_helo_restrictions=reject_non_fqdn_helo_hostname"
	secured := "smtpd_tls_cert_file=$CERT smtpd_tls_key_file=$KEY "
	return []box{
		{question{"as it comes", "", true}, "none=", ""},
		{question{"refuses HELO with 5xx", "", false}, atOnce + " smtpd_helo_restrictions=reject", ""},
		{question{"greets with 554", "", false}, atOnce + " smtpd_client_restrictions=reject", ""},
		{question{"greets with 450", "", false}, atOnce + " smtpd_client_restrictions=defer", ""},
		{question{"takes mail after STARTTLS only", "", true}, secured + "smtpd_tls_security_level=encrypt", ""},
		{question{"speaks TLS from the first byte", "", false}, secured + "smtpd_tls_wrappermode=yes", ""},
		{question{"wants another name", "helo_name me", false}, qualified, ""},
		{question{"takes the name", "helo_name me.example.org", true}, qualified, ""},
		{question{"is not for everybody", "", false}, allowed, ""},
		{question{"is for an address", "bindto $SECOND", true}, allowed, ""},
		{question{"is for a mark", "fwmark 7", true}, allowed, ""},
		{question{"nobody", "", false}, "", ""},
		{question{"nobody, asked elsewhere", "connect_ip 10.60.0.1", true}, "", ""},
		{question{"another port", "connect_ip 10.60.0.15\nconnect_port 587", true}, "", ""},
		{question{"the other port", "connect_port 587", true}, "none=", ""},
		{question{"a host", "host {\nconnect_ip 10.60.0.1\nconnect_timeout 3\n}", true}, "", ""},
		{question{"greets in several lines", "", false}, "none=", "postscreen"},
	}
}

// boxesOfSix are those of IPv6.
func boxesOfSix() []box {
	return []box{
		{question{"as it comes", "", true}, "none=", ""},
		{question{"greets with 554", "", false}, atOnce + " smtpd_client_restrictions=reject", ""},
		{question{"nobody", "", false}, "", ""},
	}
}

// mainCF is for all of them. postscreen lets in, with one line, whom it has seen wait to the end of its greeting: that is so long
// that hanging up late on a busy machine is not taken for waiting.
const mainCF = `compatibility_level = 3.6
queue_directory = %[1]s/queue
data_directory = %[1]s/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file = /dev/stdout
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.example.org
inet_interfaces = all
smtpd_peername_lookup = no
postscreen_dnsbl_sites =
postscreen_greet_wait = 20s
postscreen_access_list =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
`

const masterCF = `postlog unix-dgram n - n - 1 postlogd
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
rewrite unix - - n - - trivial-rewrite
tlsmgr unix - - n 1000 1 tlsmgr
tlsproxy unix - - n - 0 tlsproxy
dnsblog unix - - n - 0 dnsblog
smtpd pass - - n - - smtpd
`

// TestMailServers: Postfix, in all the ways in which a mail server may be asked.
func TestMailServers(t *testing.T) {
	inside(t, func(s *site) {
		dir := filepath.Join(s.servers.Dir, "postfix")
		// Postfix gives up root, and has to get there all the same.
		for above := s.servers.Dir; above != os.TempDir() && above != "/"; above = filepath.Dir(above) {
			s.must(os.Chmod(above, 0o755))
		}
		s.run(s.servers, fmt.Sprintf("mkdir -p %[1]s %[1]s/data %[1]s/queue; chmod 755 %[1]s/queue; chown postfix %[1]s/data;"+
			"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=mail -keyout %[1]s/key -out %[1]s/cert 2>/dev/null", dir))
		services := masterCF
		lists := [2][]question{}
		for family, boxes := range [][]box{boxes(), boxesOfSix()} {
			for i, b := range boxes {
				lists[family] = append(lists[family], b.question)
				services += b.service(dir, net.JoinHostPort(address(family == 1, i+1), "25"))
				if b.name == "the other port" {
					services += b.service(dir, net.JoinHostPort(address(family == 1, i+1), "587"))
				}
			}
		}
		s.write("postfix/main.cf", fmt.Sprintf(mainCF, dir))
		s.write("postfix/master.cf", services)
		s.play("SMTP_CHECK", 25, lists, func() func() {
			p, err := s.servers.Start("postfix", "postfix", "-c", dir, "start-fg")
			s.must(err)
			s.must(lab.Eventually(patience, "Postfix", func() (bool, string) {
				return strings.Contains(p.Log(), "daemon started"), p.Log()
			}))
			s.greeted()
			return func() {
				s.run(s.servers, "postfix -c "+dir+" stop") // the program that was started leaves the others behind
				_, _, err := p.Wait(time.Now(), patience)
				s.must(err)
			}
		})
	})
}

// greeted waits until each box has greeted somebody: the first time takes it long on a busy machine.
func (s *site) greeted() {
	s.must(s.servers.Do(func() error {
		for family, boxes := range [][]box{boxes(), boxesOfSix()} {
			for i, b := range boxes {
				if b.options == "" || strings.Contains(b.options, "wrappermode") {
					continue
				}
				c, err := net.Dial("tcp", net.JoinHostPort(address(family == 1, i+1), "25"))
				if err != nil {
					return err
				}
				_, err = bufio.NewReader(c).ReadString('\n')
				if err = errors.Join(err, c.Close()); err != nil {
					return fmt.Errorf("%s: %w", b.name, err)
				}
			}
		}
		return nil
	}))
}

// service is the line of a box in master.cf, nothing for nobody.
func (b box) service(dir, at string) string {
	if b.options == "" {
		return ""
	}
	program, limit := b.program, "-"
	if program == "" {
		program = "smtpd"
	} else {
		limit = "1"
	}
	line := fmt.Sprintf("%s inet n - n - %s %s\n", at, limit, program)
	for option := range strings.FieldsSeq(b.options) {
		if option != "none=" {
			line += "  -o " + strings.NewReplacer("$CERT", dir+"/cert", "$KEY", dir+"/key").Replace(option) + "\n"
		}
	}
	return line
}

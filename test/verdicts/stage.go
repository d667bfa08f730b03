package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A stage is the host that both programs see: look-alike interfaces, scripts that
// exist, names that resolve. It lies in an overlay of the real root that goes with
// the process.
type stage struct {
	interfaces []string
	scripts    []string
	root       string
}

// standardInterfaces are those of a stage without a corpus.
func standardInterfaces() []string {
	return []string{"eth0", "eth1", "eth2", "eth3", "eth0.100", "bond0", "ens3", "ens4"}
}

func newStage(corpus, out string) (stage, error) {
	s := stage{interfaces: standardInterfaces()}
	var namespaces, commands, hosts []string
	if corpus != "" {
		s.interfaces = lines(filepath.Join(corpus, "interfaces.txt"))
		s.scripts = lines(filepath.Join(corpus, "stub-scripts.txt"))
		commands = lines(filepath.Join(corpus, "stub-commands.txt"))
		hosts = lines(filepath.Join(corpus, "stub-hosts.txt"))
		namespaces = lines(filepath.Join(corpus, "netns.txt"))
	}
	s.scripts = append(s.scripts, "/usr/local/bin/check.sh", "/etc/keepalived/notify.sh")
	for _, ns := range append([]string{""}, namespaces...) {
		if err := s.addInterfaces(ns); err != nil {
			return s, err
		}
	}
	return s, s.overlay(commands, hosts, out)
}

// addInterfaces makes pairs of veth with the names of real ones.
func (s stage) addInterfaces(namespace string) error {
	var batch bytes.Buffer
	batch.WriteString("link set lo up\n")
	names := s.interfaces
	for i := 0; i < len(names); i += 2 {
		peer := "spare0"
		if i+1 < len(names) {
			peer = names[i+1]
		}
		fmt.Fprintf(&batch, "link add %s type veth peer name %s\n", names[i], peer)
	}
	for i, name := range names {
		fmt.Fprintf(&batch, "addr add 198.18.%d.1/24 dev %s\nlink set %s up\n", i+1, name, name)
	}
	args := []string{"-force", "-batch", "-"}
	if namespace != "" {
		if out, err := exec.Command("ip", "netns", "add", namespace).CombinedOutput(); err != nil {
			return fmt.Errorf("ip netns add %s: %v: %s", namespace, err, out)
		}
		args = append([]string{"-n", namespace}, args...)
	}
	cmd := exec.Command("ip", args...)
	cmd.Stdin = &batch
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making interfaces: %v: %s", err, out)
	}
	return nil
}

// overlay makes the overlay of / with the stubs in it and goes into it. The folder
// out stays the real one.
func (s *stage) overlay(commands, hosts []string, out string) error {
	work, err := os.MkdirTemp("/run", "stage")
	if err != nil {
		return err
	}
	s.root = filepath.Join(work, "root")
	for _, d := range []string{"up", "wk", "root"} {
		if err := os.Mkdir(filepath.Join(work, d), 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=/,upperdir=%s/up,workdir=%s/wk", work, work)
	if err := unix.Mount("overlay", s.root, "overlay", 0, options); err != nil {
		return fmt.Errorf("mounting the overlay: %v", err)
	}
	for _, d := range []string{"/proc", "/sys", "/dev", "/run", out} {
		if err := unix.Mount(d, filepath.Join(s.root, d), "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("mounting %s: %v", d, err)
		}
	}
	if err := unix.Chroot(s.root); err != nil {
		return err
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	for _, c := range commands {
		if _, err := exec.LookPath(c); err != nil {
			s.scripts = append(s.scripts, "/usr/bin/"+c)
		}
	}
	for _, name := range s.scripts {
		stub(name)
	}
	table := "127.0.0.1 localhost\n"
	for _, h := range hosts {
		table += "192.0.2.53 " + h + "\n"
	}
	_ = os.WriteFile("/etc/resolv.conf", nil, 0o644)
	return os.WriteFile("/etc/hosts", []byte(table), 0o644)
}

// stub makes a script that does nothing; names that cannot be made are left out.
func stub(name string) {
	if _, err := os.Stat(name); err == nil || os.MkdirAll(filepath.Dir(name), 0o755) != nil {
		return
	}
	_ = os.WriteFile(name, []byte("#!/bin/sh\nexit 0\n"), 0o755)
}

func lines(file string) []string {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

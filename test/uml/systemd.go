package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// systemd is the system manager that is the guest's first process when a job asks
// for one.
const systemd = "/lib/systemd/systemd"

// insideVar tells this binary that it is a service of the guest's systemd.
const insideVar = "umlrun_service"

// The job is a service, and the only thing that is started at boot besides what
// every machine has: file systems, the journal, kernel settings and modules.
const (
	bootTarget = `[Unit]
Description=The job
AllowIsolate=yes
`
	jobService = `[Unit]
Description=The job
[Service]
Type=exec
Environment=%s=%s %s=1
ExecStart=%s
SendSIGHUP=no
`
)

// leftOut is what costs time at boot and has nothing to do with services.
var leftOut = []string{
	"kmod-static-nodes.service", "modprobe@configfs.service", "modprobe@dm_mod.service", "modprobe@drm.service",
	"modprobe@efi_pstore.service", "modprobe@fuse.service", "modprobe@loop.service", "dev-hugepages.mount",
	"dev-mqueue.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
	"sys-fs-fuse-connections.mount", "proc-sys-fs-binfmt_misc.automount", "systemd-binfmt.service",
	"systemd-remount-fs.service", "systemd-update-utmp.service", "systemd-random-seed.service",
	"systemd-journal-flush.service", "systemd-firstboot.service",
}

// becomeSystemd turns the first process of the guest into systemd, with the job as a
// service. It returns only if that fails.
func becomeSystemd(j job, dir string) error {
	const etc = "/etc/systemd/system"
	enabled, err := filepath.Glob(etc + "/*.wants")
	if err != nil {
		return err
	}
	for _, d := range enabled { // what this machine starts is not for the guest
		if err := os.RemoveAll(d); err != nil {
			return err
		}
	}
	// Of a container it would think it is one.
	if err := os.Remove("/.dockerenv"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, unit := range leftOut {
		if err := link("/dev/null", filepath.Join(etc, unit)); err != nil {
			return err
		}
	}
	// Each time units are read again, all of them are started first, and there is nothing in a guest that they would find.
	generators, err := filepath.Glob("/lib/systemd/system-generators/*")
	if err != nil {
		return err
	}
	for _, g := range generators {
		if err := link("/dev/null", filepath.Join("/etc/systemd/system-generators", filepath.Base(g))); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"umlrun.target":  bootTarget,
		"umlrun.service": fmt.Sprintf(jobService, guestDirVar, dir, insideVar, j.Self),
	} {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	for from, to := range map[string]string{
		etc + "/default.target":                     "umlrun.target",
		etc + "/umlrun.target.wants/umlrun.service": "../umlrun.service",
		// It would empty /tmp, in which there are directories of the host.
		"/etc/tmpfiles.d/tmp.conf": "/dev/null",
	} {
		if err := link(to, from); err != nil {
			return err
		}
	}
	err = unix.Exec(systemd, []string{systemd},
		[]string{"PATH=" +
			strings.Join([]string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}, ":"),
			"TERM=dumb"})
	return fmt.Errorf("starting %s: %v", systemd, err)
}

// link makes at a symbolic link to target, whatever was there.
func link(target, at string) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if err := os.Remove(at); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(target, at)
}

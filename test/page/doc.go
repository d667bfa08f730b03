// Package page looks at the page of a daemon in Debian's chromium, in a network namespace of its own: as people do who
// have a director that works, one that fails, one that has died, thousands of servers, a keyboard and no mouse, or no
// eyes. test/make/page runs it.
package page

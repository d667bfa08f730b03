// Package engine is the bfd role: one thread that waits for control packets and deadlines, and carries out
// what package bfd decides. What it finds out it tells the other roles as news.
package engine

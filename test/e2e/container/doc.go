// Package container runs the image that packaging/Containerfile describes, without an engine: in namespaces of its own,
// over a read-only root, with the capabilities that docs/operating.md names and no others.
package container

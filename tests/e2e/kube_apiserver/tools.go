//go:build tools

// What tests/e2e/kubernetes_test.py runs, as the module of its own that go.mod pins.
package tools

import _ "k8s.io/kubernetes/cmd/kube-apiserver"

"""Layers made of parts: parameters beside their gradients, heads, a model with sizes of its own."""

import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Module:
    def __call__(self, *args):
        return self.forward(*args)


class Linear(Module):
    def __init__(self, in_features, out_features):
        k = 1 / np.sqrt(in_features)
        self.weight = Parameter(np.random.uniform(-k, k, (out_features, in_features)))
        self.bias = Parameter(np.random.uniform(-k, k, out_features))

    def forward(self, x):
        self.x = x
        return x @ self.weight.data.T + self.bias.data

    def backward(self, grad_output):
        self.weight.grad += grad_output.T @ self.x
        self.bias.grad += grad_output.sum(0)
        return grad_output @ self.weight.data


class LinearBad(Linear):
    def backward(self, grad_output):
        self.weight.grad += grad_output.T @ self.x
        self.bias.grad += grad_output.mean(0)
        return grad_output @ self.weight.data


class ScaledDotProductAttention:
    def forward(self, Q, K, V, mask=None):
        self.Q, self.K, self.V = Q, K, V
        self.scale = 1 / np.sqrt(Q.shape[-1])
        s = Q @ K.transpose(0, 2, 1) * self.scale
        if mask is not None:
            s = np.where(mask, s, -1e9)
        s = np.exp(s - s.max(-1, keepdims=True))
        self.A = s / s.sum(-1, keepdims=True)
        return self.A @ V

    def backward(self, dO):
        dV = self.A.transpose(0, 2, 1) @ dO
        dA = dO @ self.V.transpose(0, 2, 1)
        dS = self.A * (dA - (dA * self.A).sum(-1, keepdims=True)) * self.scale
        dQ = dS @ self.K
        dK = dS.transpose(0, 2, 1) @ self.Q
        return dQ, dK, dV


class Sequential:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for part in self.layers:
            x = part.forward(x)
        return x

    def backward(self, g):
        for part in self.layers[::-1]:
            g = part.backward(g)
        return g


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, g):
        return g * self.mask


model = Sequential([Linear(4, 6), ReLU(), Linear(6, 3)])


class MultiHeadSelfAttention:
    def __init__(self, Wq, Wk, Wv, Wo, n_heads=2):
        self.Wq, self.Wk, self.Wv, self.Wo, self.h = Wq, Wk, Wv, Wo, n_heads

    def _split(self, a):
        B, T, D = a.shape
        return a.reshape(B, T, self.h, D // self.h).transpose(0, 2, 1, 3)

    def _merge(self, a):
        B, H, T, d = a.shape
        return a.transpose(0, 2, 1, 3).reshape(B, T, H * d)

    def forward(self, x):
        self.x = x
        self.q, self.k, self.v = (self._split(x @ w) for w in (self.Wq, self.Wk, self.Wv))
        self.s = 1 / np.sqrt(self.q.shape[-1])
        a = self.q @ self.k.swapaxes(-1, -2) * self.s
        a = np.exp(a - a.max(-1, keepdims=True))
        self.p = a / a.sum(-1, keepdims=True)
        self.o = self._merge(self.p @ self.v)
        return self.o @ self.Wo

    def backward(self, dy):
        self.dWo = np.einsum("btd,bte->de", self.o, dy)
        do = self._split(dy @ self.Wo.T)
        dv = self.p.swapaxes(-1, -2) @ do
        dp = do @ self.v.swapaxes(-1, -2)
        da = self.p * (dp - (dp * self.p).sum(-1, keepdims=True)) * self.s
        dq, dk = da @ self.k, da.swapaxes(-1, -2) @ self.q
        dq, dk, dv = (self._merge(g) for g in (dq, dk, dv))
        self.dWq = np.einsum("btd,bte->de", self.x, dq)
        self.dWk = np.einsum("btd,bte->de", self.x, dk)
        self.dWv = np.einsum("btd,bte->de", self.x, dv)
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T

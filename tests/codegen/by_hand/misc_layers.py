import numpy as np
from math import sqrt


class LayerNorm:
    def __init__(self, gamma, beta, eps=1e-5):
        self.gamma, self.beta, self.eps = gamma, beta, eps

    def forward(self, x):
        self.mean = x.mean(axis=-1, keepdims=True)
        self.var = x.var(axis=-1, keepdims=True)
        self.inv = 1.0 / np.sqrt(self.var + self.eps)
        self.xhat = (x - self.mean) * self.inv
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        d = dy.shape[-1]
        self.dgamma = np.sum(dy * self.xhat, axis=0)
        self.dbeta = np.sum(dy, axis=0)
        dxhat = dy * self.gamma
        return (
            self.inv
            / d
            * (
                d * dxhat
                - dxhat.sum(axis=-1, keepdims=True)
                - self.xhat * (dxhat * self.xhat).sum(axis=-1, keepdims=True)
            )
        )


class Attention:
    def forward(self, Q, K, V):
        self.Q, self.K, self.V = Q, K, V
        S = Q @ K.T / sqrt(Q.shape[1])
        S = S - S.max(axis=1, keepdims=True)
        self.A = np.exp(S) / np.exp(S).sum(axis=1, keepdims=True)
        return self.A @ V

    def backward(self, dO):
        dV = self.A.T @ dO
        dA = dO @ self.V.T
        dS = self.A * (dA - (dA * self.A).sum(axis=1, keepdims=True))
        dQ = dS @ self.K
        dK = dS.T @ self.Q
        return dQ, dK, dV


class Dropout:
    def __init__(self, p=0.5):
        self.p = p
        self.train = True

    def forward(self, x):
        if not self.train:
            return x
        self.mask = (np.random.rand(*x.shape) < self.p) / self.p
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class MaxPool2x2:
    def forward(self, x):
        n, c, h, w = x.shape
        self.x = x
        self.xr = x.reshape(n, c, h // 2, 2, w // 2, 2)
        self.out = self.xr.max(axis=3).max(axis=4)
        return self.out

    def backward(self, dout):
        dxr = np.zeros_like(self.xr)
        mask = self.xr == self.out[:, :, :, None, :, None]
        dxr = mask * dout[:, :, :, None, :, None]
        return dxr.reshape(self.x.shape)


class Conv1D:
    """x (N, C, T), w (F, C, K), valid correlation."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        N, C, T = x.shape
        F, _, K = self.w.shape
        out = np.zeros((N, F, T - K + 1))
        for t in range(T - K + 1):
            out[:, :, t] = np.tensordot(x[:, :, t : t + K], self.w, axes=([1, 2], [1, 2])) + self.b
        return out

    def backward(self, dout):
        K = self.w.shape[2]
        dx = np.zeros_like(self.x)
        self.dw = np.zeros_like(self.w)
        for t in range(dout.shape[2]):
            self.dw += np.tensordot(dout[:, :, t], self.x[:, :, t : t + K], axes=([0], [0]))
            dx[:, :, t : t + K] = np.tensordot(dout[:, :, t], self.w, axes=([1], [0]))
        self.db = dout.sum(axis=(0, 2))
        return dx


class GRUCell:
    def __init__(self, Wz, Uz, Wh, Uh):
        self.Wz, self.Uz, self.Wh, self.Uh = Wz, Uz, Wh, Uh

    def forward(self, x, h):
        self.x, self.h = x, h
        self.z = 1 / (1 + np.exp(-(x @ self.Wz + h @ self.Uz)))
        self.c = np.tanh(x @ self.Wh + h @ self.Uh)
        return (1 - self.z) * h + self.z * self.c

    def backward(self, dh_next):
        dc = dh_next * self.z
        dz = dh_next * (self.c - self.h)
        dac = dc * (1 - self.c**2)
        daz = dz * self.z * (1 - self.z)
        self.dWz = self.x.T @ daz
        self.dUz = self.h.T @ daz
        self.dWh = self.x.T @ dac
        self.dUh = self.h.T @ dac
        dx = daz @ self.Wz.T + dac @ self.Wh.T
        dh = daz @ self.Uz.T + dac @ self.Uh.T
        return dx, dh


class Huber:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, y, t):
        self.r = y - t
        a = np.abs(self.r)
        return np.where(a <= self.delta, 0.5 * self.r**2, self.delta * (a - 0.5 * self.delta)).mean()

    def backward(self, dout=1.0):
        return dout * np.clip(self.r, -self.delta, self.delta) / self.r.size


class Scale:
    """y = s * x with one number s."""

    def __init__(self, s):
        self.params = {"s": s}
        self.grads = {}

    def forward(self, x):
        self.x = x
        return self.params["s"] * x

    def backward(self, dy):
        self.grads["s"] = np.sum(dy * self.x)
        dy *= self.params["s"]
        return dy


def l2_normalize(x):
    n = np.sqrt((x**2).sum(axis=1, keepdims=True))
    return x / n


def l2_normalize_backward(x, dy):
    n = np.sqrt((x**2).sum(axis=1, keepdims=True))
    y = x / n
    return (dy - y * (dy * y).sum(axis=1, keepdims=True)) / n


def mish(x):
    return x * np.tanh(np.log1p(np.exp(x)))


def mish_grad(x):
    sp = np.log1p(np.exp(x))
    t = np.tanh(sp)
    return t + x * (1 - t**2)

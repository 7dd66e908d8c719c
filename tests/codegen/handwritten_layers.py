"""Layers as people write them by hand, each right, in the styles that are met: the check must pass all of them."""

from __future__ import annotations

import math

import numpy as np

# --- classes: parameters in the constructor ------------------------------------------------------------------------


class Affine:
    def __init__(self, W, b):
        self.W = W
        self.b = b
        self.x = None
        self.dW = None
        self.db = None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx


class AffineRowBias:
    """The bias is a row of shape (1, H)."""

    def __init__(self, W, b):
        self.params = {"W": W, "b": b}
        self.grads = {}

    def forward(self, X):
        self.X = X
        return X @ self.params["W"] + self.params["b"]

    def backward(self, dZ):
        self.grads["W"] = self.X.T @ dZ
        self.grads["b"] = np.sum(dZ, axis=0, keepdims=True)
        return dZ @ self.params["W"].T


class AffineColumns:
    """One sample a column, as in Coursera's course: the bias is a column."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, A):
        self.A = A
        return np.dot(self.W, A) + self.b

    def backward(self, dZ):
        self.dW = np.dot(dZ, self.A.T)
        self.db = np.sum(dZ, axis=1, keepdims=True)
        return np.dot(self.W.T, dZ)


class Dense:
    """Weights made from sizes, gradients in a list beside the parameters."""

    def __init__(self, n_in, n_out):
        self.weights = 0.1 * np.random.randn(n_in, n_out)
        self.biases = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class MatMul:
    """Gradients written into arrays that are kept, as in the second book of the series that seed 001 follows."""

    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]
        self.x = None

    def forward(self, x):
        (W,) = self.params
        self.x = x
        return np.dot(x, W)

    def backward(self, dout):
        (W,) = self.params
        self.grads[0][...] = np.dot(self.x.T, dout)
        return np.dot(dout, W.T)


class LinearAccumulating:
    def __init__(self, in_features, out_features):
        self.W = np.random.randn(out_features, in_features)
        self.b = np.zeros(out_features)
        self.zero_grad()

    def zero_grad(self):
        self.grad_W = np.zeros_like(self.W)
        self.grad_b = np.zeros_like(self.b)

    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b

    def backward(self, grad_output):
        self.grad_W = self.grad_W + grad_output.T @ self.x
        self.grad_b = self.grad_b + grad_output.sum(axis=0)
        return grad_output @ self.W


class Scale:
    """A number that is learned."""

    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return self.alpha * x

    def backward(self, dout):
        return self.alpha * dout


class PReLU:
    def __init__(self, alpha: np.ndarray):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, dout):
        self.dalpha = np.sum(np.where(self.x > 0, 0, self.x) * dout, axis=0)
        return np.where(self.x > 0, 1, self.alpha) * dout


class BatchNorm:
    def __init__(self, gamma, beta, eps=1e-5, momentum=0.9):
        self.gamma, self.beta, self.eps, self.momentum = gamma, beta, eps, momentum
        self.running_mean = None

    def forward(self, x, train=True):
        mu = x.mean(axis=0)
        self.xc = x - mu
        var = np.mean(self.xc**2, axis=0)
        self.std = np.sqrt(var + self.eps)
        self.xn = self.xc / self.std
        if self.running_mean is None:
            self.running_mean = np.zeros(x.shape[1])
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        n = dout.shape[0]
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dxc = dxn / self.std
        dstd = -np.sum((dxn * self.xc) / (self.std * self.std), axis=0)
        dvar = 0.5 * dstd / self.std
        dxc += (2.0 / n) * self.xc * dvar
        dmu = np.sum(dxc, axis=0)
        return dxc - dmu / n


class LayerNorm:
    def __init__(self, dim: int):
        self.gamma = np.ones(dim)
        self.beta = np.zeros(dim)

    def forward(self, x):
        self.mean = x.mean(-1, keepdims=True)
        self.inv = 1 / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        self.xhat = (x - self.mean) * self.inv
        return self.gamma * self.xhat + self.beta

    def backward(self, dy):
        self.dgamma = (dy * self.xhat).sum(0)
        self.dbeta = dy.sum(0)
        g = dy * self.gamma
        return self.inv * (g - g.mean(-1, keepdims=True) - self.xhat * (g * self.xhat).mean(-1, keepdims=True))


class Embedding:
    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]

    def forward(self, idx):
        self.idx = idx
        return self.params[0][idx]

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        np.add.at(dW, self.idx, dout)


# --- classes: activations ------------------------------------------------------------------------------------------


class MulLayer:
    def __init__(self):
        self.x = None
        self.y = None

    def forward(self, x, y):
        self.x = x
        self.y = y
        return x * y

    def backward(self, dout):
        dx = dout * self.y
        dy = dout * self.x
        return dx, dy


class AddLayer:
    def forward(self, x, y):
        return x + y

    def backward(self, dout):
        return dout * 1, dout * 1


class Relu:
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


class LeakyReLU:
    def __init__(self, slope=0.1):
        self.slope = slope

    def __call__(self, x):
        self.x = x
        return np.maximum(x, self.slope * x)

    def backward(self, grad):
        return np.where(self.x > 0, grad, self.slope * grad)


class Sigmoid:
    def forward(self, x):
        out = 1 / (1 + np.exp(-x))
        self.out = out
        return out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class Tanh:
    def forward(self, z):
        self.a = np.tanh(z)
        return self.a

    def backward(self, da):
        return da * (1 - np.square(self.a))


class Softmax:
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        self.out = e / np.sum(e, axis=-1, keepdims=True)
        return self.out

    def backward(self, dout):
        dx = self.out * dout
        sumdx = np.sum(dx, axis=1, keepdims=True)
        dx -= self.out * sumdx
        return dx


class SoftmaxByJacobian:
    """The Jacobian of every sample, in a loop."""

    def forward(self, inputs):
        exp = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp / np.sum(exp, axis=1, keepdims=True)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for index, (single_output, single_dvalues) in enumerate(zip(self.output, dvalues, strict=True)):
            single_output = single_output.reshape(-1, 1)
            jacobian = np.diagflat(single_output) - np.dot(single_output, single_output.T)
            self.dinputs[index] = np.dot(jacobian, single_dvalues)


class Dropout:
    def __init__(self, ratio=0.5):
        self.ratio = ratio

    def forward(self, x):
        self.mask = np.random.rand(*x.shape) > self.ratio
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class Flatten:
    def forward(self, x):
        self.shape = x.shape
        return x.reshape(x.shape[0], -1)

    def backward(self, dout):
        return dout.reshape(self.shape)


class GlobalAveragePool:
    """x: images, of shape (N, C, H, W)."""

    def forward(self, x):
        self.shape = x.shape
        return x.mean(axis=(2, 3))

    def backward(self, dout):
        h, w = self.shape[2:]
        return np.broadcast_to(dout[:, :, None, None] / (h * w), self.shape)


# --- classes: losses -----------------------------------------------------------------------------------------------


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        self.loss = -np.sum(t * np.log(self.y)) / x.shape[0]
        return self.loss

    def backward(self, dout=1):
        return dout * (self.y - self.t) / self.t.shape[0]


class CrossEntropyLabels:
    """Labels as whole numbers."""

    def forward(self, logits, labels):
        shifted = logits - logits.max(1, keepdims=True)
        self.p = np.exp(shifted) / np.exp(shifted).sum(1, keepdims=True)
        self.labels = labels
        return -np.log(self.p[np.arange(len(labels)), labels]).mean()

    def backward(self):
        d = self.p.copy()
        d[np.arange(len(self.labels)), self.labels] -= 1
        return d / len(self.labels)


class MeanSquaredError:
    def forward(self, y_pred, y_true):
        self.diff = y_pred - y_true
        return np.mean(self.diff**2)

    def backward(self, dout=1.0):
        return dout * 2 * self.diff / self.diff.size


class BinaryCrossEntropy:
    def forward(self, y_hat, target):
        self.y_hat, self.target = y_hat, target
        return -np.mean(target * np.log(y_hat) + (1 - target) * np.log(1 - y_hat))

    def backward(self):
        return (self.y_hat - self.target) / (self.y_hat * (1 - self.y_hat)) / self.y_hat.size


class Huber:
    def __init__(self, delta=1.0):
        self.delta = delta

    def forward(self, pred, target):
        self.r = pred - target
        small = np.abs(self.r) <= self.delta
        return np.where(small, 0.5 * self.r**2, self.delta * (np.abs(self.r) - 0.5 * self.delta)).sum()

    def backward(self, dout=1):
        return dout * np.clip(self.r, -self.delta, self.delta)


class TwoLayerNet:
    """A whole network: ``loss`` and ``gradient``."""

    def __init__(self, input_size, hidden_size, output_size, weight_init_std=0.1):
        self.params = {
            "W1": weight_init_std * np.random.randn(input_size, hidden_size),
            "b1": np.zeros(hidden_size),
            "W2": weight_init_std * np.random.randn(hidden_size, output_size),
            "b2": np.zeros(output_size),
        }
        self.layers = [Affine(self.params["W1"], self.params["b1"]), Relu()]
        self.layers.append(Affine(self.params["W2"], self.params["b2"]))
        self.last = SoftmaxWithLoss()

    def loss(self, x, t):
        for layer in self.layers:
            x = layer.forward(x)
        return self.last.forward(x, t)

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.last.backward(1)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        first, _, second = self.layers
        return {"W1": first.dW, "b1": first.db, "W2": second.dW, "b2": second.db}


# --- pairs of functions --------------------------------------------------------------------------------------------


def affine_forward(x, w, b):
    """As in CS231n.

    - x: input, of shape (N, D)
    - w: weights, of shape (D, M)
    - b: biases, of shape (M,)
    """
    out = x.reshape(x.shape[0], -1) @ w + b
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def relu_forward(Z):
    A = np.maximum(0, Z)
    cache = Z
    return A, cache


def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


def linear_forward(A, W, b):
    Z = W.dot(A) + b
    return Z, (A, W, b)


def linear_backward(dZ, cache):
    A_prev, W, _ = cache
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def softmax_loss_forward(x, y):
    """y: labels, of shape (N,)."""
    x = x - x.max(axis=1, keepdims=True)
    logp = x - np.log(np.exp(x).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(x.shape[0]), y].sum() / x.shape[0]
    return loss, (logp, y)


def softmax_loss_backward(cache):
    logp, y = cache
    dx = np.exp(logp)
    dx[np.arange(dx.shape[0]), y] -= 1
    dx /= dx.shape[0]
    return dx


def layernorm_forward(x, gamma, beta):
    mu = x.mean(axis=1, keepdims=True)
    var = ((x - mu) ** 2).mean(axis=1, keepdims=True)
    x_hat = (x - mu) / np.sqrt(var + 1e-5)
    return gamma * x_hat + beta, (x_hat, var, gamma)


def layernorm_backward(dout, cache):
    x_hat, var, gamma = cache
    d = dout.shape[1]
    dgamma = (dout * x_hat).sum(axis=0)
    dbeta = dout.sum(axis=0)
    dx_hat = dout * gamma
    dx = (d * dx_hat - dx_hat.sum(1, keepdims=True) - x_hat * (dx_hat * x_hat).sum(1, keepdims=True)) / d
    return dx / np.sqrt(var + 1e-5), dgamma, dbeta


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    dx, dprev_h = da @ Wx.T, da @ Wh.T
    dWx, dWh = x.T @ da, prev_h.T @ da
    return dx, dprev_h, dWx, dWh, da.sum(axis=0)


def max_pool_forward(x):
    """x: images, of shape (N, C, 6, 8)."""
    n, c, h, w = x.shape
    blocks = x.reshape(n, c, h // 2, 2, w // 2, 2)
    out = blocks.max(axis=3).max(axis=4)
    return out, (x, blocks, out)


def max_pool_backward(dout, cache):
    x, blocks, out = cache
    mask = blocks == out[:, :, :, None, :, None]
    return (mask * dout[:, :, :, None, :, None]).reshape(x.shape)


def conv_forward(x, w, b):
    """A convolution.

    x: (N, C, H, W)
    w: (F, C, R, S)
    b: (F,)
    """
    n, _, h, wid = x.shape
    f, _, r, s = w.shape
    out = np.zeros((n, f, h - r + 1, wid - s + 1))
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i : i + r, j : j + s]
            out[:, :, i, j] = np.tensordot(window, w, axes=([1, 2, 3], [1, 2, 3])) + b
    return out, (x, w, b)


def conv_backward(dout, cache):
    x, w, _ = cache
    r, s = w.shape[2:]
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), dout.sum(axis=(0, 2, 3))
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dw += np.tensordot(dout[:, :, i, j].T, x[:, :, i : i + r, j : j + s], axes=(1, 0))
            dx[:, :, i : i + r, j : j + s] += np.tensordot(dout[:, :, i, j], w, axes=(1, 0))
    return dx, dw, db


def forward(X, W, V):
    """A gate. The cache comes first in its backward."""
    gate = 1 / (1 + np.exp(-(X @ V)))
    U = X @ W
    return U * gate, {"X": X, "W": W, "V": V, "gate": gate, "U": U}


def backward(cache, dY):
    gate, U, X = cache["gate"], cache["U"], cache["X"]
    dU = dY * gate
    dG = dY * U * gate * (1 - gate)
    return {"dX": dU @ cache["W"].T + dG @ cache["V"].T, "dW": X.T @ dU, "dV": X.T @ dG}


def swish_fwd(x):
    return x / (1 + np.exp(-x))


def swish_bwd(x, dy):
    s = 1 / (1 + np.exp(-x))
    return dy * (s + x * s * (1 - s))


def attention_forward(Q, K, V):
    """Q: queries, of shape (T, D). K: keys, of shape (S, D). V: values, of shape (S, M)."""
    S = Q @ K.T / math.sqrt(Q.shape[1])
    A = np.exp(S - S.max(axis=1, keepdims=True))
    A = A / A.sum(axis=1, keepdims=True)
    return A @ V, (Q, K, V, A)


def attention_backward(dO, saved):
    Q, K, V, A = saved
    dV = A.T @ dO
    dA = dO @ V.T
    dS = A * (dA - (dA * A).sum(axis=1, keepdims=True)) / math.sqrt(Q.shape[1])
    return dS @ K, dS.T @ Q, dV


def cosine_forward(u, v):
    nu, nv = np.linalg.norm(u, axis=1), np.linalg.norm(v, axis=1)
    c = (u * v).sum(axis=1) / (nu * nv)
    return c, (u, v, nu, nv, c)


def cosine_backward(dc, cache):
    u, v, nu, nv, c = cache
    du = dc[:, None] * (v / (nu * nv)[:, None] - c[:, None] * u / (nu**2)[:, None])
    dv = dc[:, None] * (u / (nu * nv)[:, None] - c[:, None] * v / (nv**2)[:, None])
    return du, dv


def center_forward(x):
    return x - x.mean(axis=0)


def center_backward(dy):
    return dy - dy.mean(axis=0)


def outer_forward(u, v):
    """u: (D,), v: (H,)."""
    return np.outer(u, v), (u, v)


def outer_backward(dM, cache):
    u, v = cache
    return dM @ v, dM.T @ u


# --- functions and their derivatives -------------------------------------------------------------------------------


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_der(x):
    output = sigmoid(x)
    return output * (1.0 - output)


def tanh(x):
    return np.tanh(x)


def tanh_derivative(y):
    return 1.0 - y**2


def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def softplus_prime(x):
    return sigmoid(x)


def sseloss(y_pred, y_true):
    return 0.5 * (y_pred - y_true) ** 2


def sseloss_der(y_pred, y_true):
    return y_pred - y_true


RIGHT = (
    "Affine", "AffineRowBias", "AffineColumns", "Dense", "MatMul", "LinearAccumulating", "Scale", "PReLU", "BatchNorm",
    "LayerNorm", "Embedding", "MulLayer", "AddLayer", "Relu", "LeakyReLU", "Sigmoid", "Tanh", "Softmax",
    "SoftmaxByJacobian", "Dropout", "Flatten", "GlobalAveragePool", "SoftmaxWithLoss", "CrossEntropyLabels",
    "MeanSquaredError", "BinaryCrossEntropy", "Huber", "TwoLayerNet", "affine", "relu", "linear", "softmax_loss",
    "layernorm", "rnn_step", "max_pool", "conv", "forward", "swish", "attention", "cosine", "center", "outer",
    "sigmoid", "tanh", "softplus", "sseloss",
)  # fmt: skip

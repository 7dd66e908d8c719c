# coding: utf-8
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x):
    x = x - x.max(axis=1, keepdims=True)
    return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)


def cross_entropy_error(y, t):
    if y.ndim == 1:
        t = t.reshape(1, t.size)
        y = y.reshape(1, y.size)
    if t.size == y.size:
        t = t.argmax(axis=1)
    batch_size = y.shape[0]
    return -np.sum(np.log(y[np.arange(batch_size), t])) / batch_size


class MatMul:
    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]
        self.x = None

    def forward(self, x):
        (W,) = self.params
        out = np.dot(x, W)
        self.x = x
        return out

    def backward(self, dout):
        (W,) = self.params
        dx = np.dot(dout, W.T)
        dW = np.dot(self.x.T, dout)
        self.grads[0][...] = dW
        return dx


class Affine:
    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]
        self.x = None

    def forward(self, x):
        W, b = self.params
        out = np.dot(x, W) + b
        self.x = x
        return out

    def backward(self, dout):
        W, b = self.params
        dx = np.dot(dout, W.T)
        dW = np.dot(self.x.T, dout)
        db = dout[0]
        self.grads[0][...] = dW
        self.grads[1][...] = db
        return dx


class TwoLayerNet:
    def __init__(self, W1, b1, W2, b2):
        self.params = {}
        self.params["W1"] = W1
        self.params["b1"] = b1
        self.params["W2"] = W2
        self.params["b2"] = b2
        self.grads = {}

    def forward(self, x, t):
        W1, W2 = self.params["W1"], self.params["W2"]
        b1, b2 = self.params["b1"], self.params["b2"]
        self.x, self.t = x, t
        self.a1 = np.dot(x, W1) + b1
        self.z1 = sigmoid(self.a1)
        self.y = np.dot(self.z1, W2) + b2
        return 0.5 * np.sum((self.y - t) ** 2) / x.shape[0]

    def backward(self, dout=1):
        batch_num = self.x.shape[0]
        dy = (self.y - self.t) / batch_num * dout
        self.grads["W2"] = np.dot(self.z1.T, dy)
        self.grads["b2"] = np.sum(dy, axis=0)
        dz1 = np.dot(dy, self.params["W2"].T)
        da1 = dz1 * sigmoid(self.a1) * (1 - sigmoid(self.a1))
        self.grads["W1"] = np.dot(self.x.T, da1)
        self.grads["b1"] = np.sum(da1, axis=0)
        return self.grads


class TwoLayerNetSlip(TwoLayerNet):
    def backward(self, dout=1):
        batch_num = self.x.shape[0]
        dy = (self.y - self.t) / batch_num * dout
        self.grads["W2"] = np.dot(self.z1.T, dy)
        self.grads["b2"] = np.sum(dy, axis=0)
        dz1 = np.dot(dy, self.params["W2"].T)
        da1 = dz1 * sigmoid(self.z1) * (1 - sigmoid(self.z1))
        self.grads["W1"] = np.dot(self.x.T, da1)
        self.grads["b1"] = np.sum(da1, axis=0)
        return self.grads


class SigmoidWithLoss:
    def __init__(self):
        self.params, self.grads = [], []
        self.loss = None
        self.y = None
        self.t = None

    def forward(self, x, t):
        self.t = t
        self.y = 1 / (1 + np.exp(-x))
        self.loss = cross_entropy_error(np.c_[1 - self.y, self.y], self.t)
        return self.loss

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        dx = (self.y - self.t) * dout / batch_size
        return dx


class Embedding:
    def __init__(self, W):
        self.params = [W]
        self.grads = [np.zeros_like(W)]
        self.idx = None

    def forward(self, idx):
        (W,) = self.params
        self.idx = idx
        out = W[idx]
        return out

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        dW[self.idx] = dout
        return None

"""A tiny network library and a script that trains it on XOR."""

import numpy as np

np.random.seed(0)


class Layer:
    def forward(self, x):
        raise NotImplementedError

    def backward(self, grad):
        raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.1
        self.bias = np.zeros((1, n_out))

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.bias

    def backward(self, grad_output, lr=0.01):
        grad_input = grad_output @ self.weights.T
        self.grad_weights = self.inputs.T @ grad_output
        self.grad_bias = grad_output.sum(axis=0, keepdims=True)
        self.weights -= lr * self.grad_weights
        self.bias -= lr * self.grad_bias
        return grad_input


class DenseNoUpdate(Layer):
    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_in, n_out) * 0.1
        self.bias = np.zeros(n_out)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.weights + self.bias

    def backward(self, grad_output):
        self.grad_weights = self.inputs.T @ grad_output / len(self.inputs)
        self.grad_bias = grad_output.mean(axis=0)
        return grad_output @ self.weights.T


class Tanh(Layer):
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out**2)


class ELU(Layer):
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * (np.exp(x) - 1))

    def backward(self, grad):
        return grad * np.where(self.x > 0, 1, self.alpha * (np.exp(self.x) - 1))


class Softmax(Layer):
    def forward(self, z):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        self.p = e / e.sum(axis=-1, keepdims=True)
        return self.p

    def backward(self, grad):
        return self.p * (1 - self.p) * grad


class Residual(Layer):
    def __init__(self, W):
        self.W = W

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W)
        return x + self.h

    def backward(self, grad):
        dz = grad * (1 - self.h**2)
        self.dW = self.x.T @ dz
        return dz @ self.W.T


class MSE:
    def forward(self, pred, target):
        self.diff = pred - target
        return np.mean(self.diff**2)

    def backward(self):
        return 2 * self.diff / self.diff.size


class HalfMSE:
    def __call__(self, pred, target):
        self.pred, self.target = pred, target
        return 0.5 * np.mean(np.sum((pred - target) ** 2, axis=1))

    def backward(self):
        return self.pred - self.target


class Network:
    def __init__(self, W1, b1, W2, b2):
        self.l1 = _Lin(W1, b1)
        self.act = Tanh()
        self.l2 = _Lin(W2, b2)
        self.layers = [self.l1, self.act, self.l2]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        self.dW1, self.db1 = self.l1.dW, self.l1.db
        self.dW2, self.db2 = self.l2.dW, self.l2.db
        return dout


class _Lin:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(0)
        return dout @ self.W.T


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)

if __name__ == "__main__":
    net = [Dense(2, 4), Tanh(), Dense(4, 1)]
    loss = MSE()
    for epoch in range(10000):
        out = X
        for layer in net:
            out = layer.forward(out)
        print(epoch, loss.forward(out, Y))
        grad = loss.backward()
        for layer in reversed(net):
            grad = layer.backward(grad)

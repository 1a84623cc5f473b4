namespace Slipway.ApiServer.Discovery;

/// <summary>One thing that must be well.</summary>
/// <param name="Name">Its name, as Kubernetes calls it.</param>
/// <param name="OnlyReady">Whether <c>/readyz</c> alone asks for it: without it requests are better sent elsewhere, but a restart would not help.</param>
/// <param name="FaultAsync">What is wrong; null when all is well.</param>
internal sealed record HealthCheck(string Name, bool OnlyReady, Func<CancellationToken, ValueTask<string?>> FaultAsync);

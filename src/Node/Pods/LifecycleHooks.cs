using System.Globalization;
using Grpc.Core;
using k8s.Models;
using Slipway.Node.Probes;
using Slipway.Node.Runtime;

namespace Slipway.Node.Pods;

/// <summary>Calls the hooks of containers (https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/).</summary>
internal sealed class LifecycleHooks(ContainerCommands commands, TimeProvider clock)
{
    private static readonly Lazy<HttpClient> Client = new(HttpCall.NewClient);

    /// <summary>Calls a hook and waits for its end.</summary>
    /// <param name="grace">Time that it has at most; null for as long as it takes.</param>
    /// <returns>Why it failed; null when it did not.</returns>
    public async Task<string?> RunAsync(V1LifecycleHandler hook, V1Container container, string id, string podAddress, TimeSpan? grace, CancellationToken cancellation)
    {
        using var timer = grace is { } limit ? new CancellationTokenSource(limit, clock) : new CancellationTokenSource();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return hook switch
            {
                { Exec: { } exec } => await ExecAsync(exec, id, grace, either.Token),
                { HttpGet: { } http } => await GetAsync(http, container, podAddress, either.Token),
                { Sleep: { } sleep } => await SleepAsync(sleep, either.Token),
                _ => "it says none of exec, httpGet and sleep",
            };
        }
        catch (Exception) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return $"it did not end within the grace period of {grace?.TotalSeconds:0}s";
        }
        catch (Exception failure) when (failure is ContainerConfigException or UriFormatException or IOException or RpcException && !cancellation.IsCancellationRequested)
        {
            return failure is RpcException rpc ? rpc.Status.Detail : failure.GetBaseException().Message;
        }
    }

    private async Task<string?> ExecAsync(V1ExecAction exec, string id, TimeSpan? grace, CancellationToken cancellation)
    {
        var result = await commands.RunAsync(id, exec.Command ?? [], grace, cancellation);
        var command = string.Join(' ', exec.Command ?? []);
        return result.Code switch
        {
            0 => null,
            null => $"command '{command}' did not end within {grace?.TotalSeconds:0}s",
            { } code => string.Create(CultureInfo.InvariantCulture, $"command '{command}' exited with {code}: {result.Output}"),
        };
    }

    // As the kubelet: any answer will do, whatever its code.
    private static async Task<string?> GetAsync(V1HTTPGetAction http, V1Container container, string podAddress, CancellationToken cancellation)
    {
        var uri = HttpCall.UriOf(http, container, podAddress);
        using var request = HttpCall.RequestOf(http, uri, "kube-lifecycle/1.37");
        try
        {
            using var response = await Client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            return null;
        }
        catch (HttpRequestException failure)
        {
            return $"Get \"{uri}\": {DialFailure.Of(uri, failure)}";
        }
    }

    private async Task<string?> SleepAsync(V1SleepAction sleep, CancellationToken cancellation)
    {
        await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds), clock, cancellation);
        return null;
    }
}

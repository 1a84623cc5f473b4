using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Cli;

/// <summary>What commands need from their surroundings.</summary>
public sealed record CliContext
{
    /// <summary>Where <c>-f -</c> reads.</summary>
    public required Stream In { get; init; }

    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Errors and hints.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether <see cref="Out"/> is a terminal that can be drawn on.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>The time.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Opens the API that a command line selects.</summary>
    public required Func<ApiSelection, ApiConnection> Connect { get; init; }
}

/// <summary>Which API a command line means; without either it is the kubeconfig's current context.</summary>
/// <param name="Cluster">Name of a Slipway cluster (<c>--name</c>): its context is <c>slipway-NAME</c>.</param>
/// <param name="Context">Name of a context of the kubeconfig (<c>--context</c>).</param>
public sealed record ApiSelection(string? Cluster, string? Context);

/// <summary>An open API.</summary>
/// <param name="Api">The API.</param>
/// <param name="Namespace">The namespace that commands mean when none is given.</param>
public sealed record ApiConnection(IApi Api, string Namespace) : IDisposable
{
    /// <summary>The user, as the cluster knows them; null if it does not say.</summary>
    internal async Task<string?> WhoAmIAsync(CancellationToken cancellation)
    {
        var request = new ApiRequest("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews") { Body = """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}"""u8.ToArray() };
        return (string?)JsonNode.Parse((await Api.SendForBodyAsync(request, cancellation)).Span)?["status"]?["userInfo"]?["username"];
    }

    /// <inheritdoc/>
    public void Dispose() => (Api as IDisposable)?.Dispose();
}

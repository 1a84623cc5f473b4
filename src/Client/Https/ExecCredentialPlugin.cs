using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Client;

/// <summary>
/// A program that gives credentials, as managed clusters have them
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"/>).
/// </summary>
public sealed record ExecCredentialPlugin
{
    /// <summary>Version of the document that it writes: <c>client.authentication.k8s.io/v1</c> or <c>v1beta1</c>.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>The program.</summary>
    public required string Command { get; init; }

    /// <summary>Its arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables that it gets beside those of this process.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Environment { get; init; } = [];

    /// <summary>What to do when it is not there.</summary>
    public string? InstallHint { get; init; }
}

/// <summary>The tokens that a plugin gives; it is run again when one has expired.</summary>
/// <param name="plugin">The plugin.</param>
/// <param name="clock">The clock by which tokens expire.</param>
internal sealed class ExecCredentials(ExecCredentialPlugin plugin, TimeProvider clock) : IDisposable
{
    // Of a token that ends while it is on its way nobody has anything.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _running = new(1);
    private string? _token;
    private DateTimeOffset _until = DateTimeOffset.MinValue;

    /// <summary>A token that is valid.</summary>
    /// <exception cref="IOException">The plugin gives none; the message says why.</exception>
    public async ValueTask<string> TokenAsync(CancellationToken cancellation)
    {
        await _running.WaitAsync(cancellation);
        try
        {
            if (_token is null || _until <= clock.GetUtcNow())
                (_token, _until) = Read(plugin, await RunAsync(cancellation));
            return _token;
        }
        finally
        {
            _running.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();

    /// <summary>The token in what a plugin has written, and until when to use it.</summary>
    internal static (string Token, DateTimeOffset Until) Read(ExecCredentialPlugin plugin, string output)
    {
        JsonNode? document;
        try
        {
            document = JsonNode.Parse(output);
        }
        catch (JsonException e)
        {
            throw new IOException($"{plugin.Command} has written no ExecCredential: {e.Message}", e);
        }
        var version = document?["apiVersion"]?.ToString();
        if (version != plugin.ApiVersion)
            throw new IOException($"{plugin.Command} has written {version ?? "nothing"} where {plugin.ApiVersion} was expected; correct users[].user.exec.apiVersion of the kubeconfig");
        if (document!["status"]?["token"]?.ToString() is not { Length: > 0 } token)
            throw new IOException($"{plugin.Command} gives no token; client certificates of plugins are not supported");
        var until = document["status"]!["expirationTimestamp"]?.ToString() is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
            ? end - Margin
            : DateTimeOffset.MaxValue;
        return (token, until);
    }

    private async Task<string> RunAsync(CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(plugin.Command) { RedirectStandardOutput = true };
        foreach (var argument in plugin.Arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in plugin.Environment)
            start.Environment[name] = value;
        start.Environment["KUBERNETES_EXEC_INFO"] = new JsonObject { ["apiVersion"] = plugin.ApiVersion, ["kind"] = "ExecCredential", ["spec"] = new JsonObject { ["interactive"] = false } }.ToJsonString();
        try
        {
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return process.ExitCode == 0 ? output : throw new IOException($"{plugin.Command}, which gives the credentials, ended with exit code {process.ExitCode}; its messages are above");
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{plugin.Command}, which gives the credentials, cannot be started: {e.Message}{(plugin.InstallHint is { } hint ? $"; {hint.Trim()}" : "")}", e);
        }
    }
}

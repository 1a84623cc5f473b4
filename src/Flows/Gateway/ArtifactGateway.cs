using System.Globalization;
using System.Text;
using Slipway.Api;

namespace Slipway.Flows;

/// <summary>
/// The operator's side of the way that artifacts take between it and the pods of tasks. Whoever asks shows a token of a pod (<see cref="PodTokens"/>):
/// it reads what that pod is to read, and may leave artifacts, which are known by their content alone.
/// </summary>
/// <remarks>
/// <code>
/// GET /artifacts/v1/inputs           the manifest of the pod's inputs (<see cref="InputManifest"/>)
/// GET /artifacts/v1/inputs/SHA256    a file of that manifest
/// PUT /artifacts/v1/outputs          stores the body, whose Content-Length must be given; answers 201 with its SHA-256 as text
/// </code>
/// Refusals have a sentence as their body: 401 and 403 for the token, 404 for what is not there, 411 without a length, 507 when the disk is full. 503:
/// try again.
/// </remarks>
public sealed class ArtifactGateway
{
    /// <summary>Where it lies.</summary>
    public const string PathPrefix = "/artifacts/v1";

    private const string Scheme = "Bearer ";

    private readonly Ledger ledger;
    private readonly ArtifactStore store;
    private readonly PodTokens tokens;

    /// <summary>A gateway to a store.</summary>
    /// <param name="api">Reviews tokens and tells of pods.</param>
    /// <param name="ledger">Knows the runs, and what artifacts they have to do with.</param>
    /// <param name="store">Where artifacts are.</param>
    /// <param name="clock">The clock by which reviews are remembered.</param>
    public ArtifactGateway(IApi api, Ledger ledger, ArtifactStore store, TimeProvider clock)
    {
        this.ledger = ledger;
        this.store = store;
        tokens = new PodTokens(api, ledger, clock);
    }

    /// <summary>Answers a request; a body comes as <see cref="ApiRequest.Stream"/>.</summary>
    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
    {
        try
        {
            return await AnswerAsync(request, cancellation);
        }
        catch (GatewayRefusalException e)
        {
            return Text(e.Code, e.Message);
        }
        catch (ArtifactStoreFullException e)
        {
            return Text(507, e.Message);
        }
        catch (Exception e) when (e is IOException or ApiException)
        {
            return Text(503, e.Message); // what the API server refuses this one is no fault of the pod's
        }
    }

    private async ValueTask<ApiResponse> AnswerAsync(ApiRequest request, CancellationToken cancellation)
    {
        var caller = await CallerAsync(request, cancellation);
        var path = request.PathAndQuery.StartsWith(PathPrefix, StringComparison.Ordinal) ? request.PathAndQuery[PathPrefix.Length..] : "";
        switch (request.Method, path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            case ("GET", ["inputs"]):
                return new ApiResponse { StatusCode = 200, Body = (await caller.InputsAsync(store, cancellation)).Manifest.Content };
            case ("GET", ["inputs", var sha256]):
                return await InputAsync(caller, sha256, cancellation);
            case ("PUT", ["outputs"]):
                return await StoreAsync(request, cancellation);
            default:
                throw new GatewayRefusalException(404, $"there is nothing to {request.Method} at {request.PathAndQuery}");
        }
    }

    private async ValueTask<GatewayCaller> CallerAsync(ApiRequest request, CancellationToken cancellation)
    {
        var header = request.Header("Authorization");
        if (header?.StartsWith(Scheme, StringComparison.Ordinal) != true)
            throw new GatewayRefusalException(401, "a token is needed: Authorization: Bearer TOKEN");
        return await tokens.FindAsync(header[Scheme.Length..].Trim(), cancellation);
    }

    private async ValueTask<ApiResponse> InputAsync(GatewayCaller caller, string sha256, CancellationToken cancellation)
    {
        // A manifest is an artifact like any other, which a pod could have written and named itself: what it names must be the namespace's own.
        var (_, files) = await caller.InputsAsync(store, cancellation);
        if (!files.Contains(sha256) || !ledger.Read.HasArtifact(caller.Namespace, sha256))
            throw new GatewayRefusalException(403, $"artifact {sha256} is no input of {caller}");
        return await store.OpenAsync(sha256, cancellation) is { } content
            ? new ApiResponse { StatusCode = 200, ContentType = "application/octet-stream", Stream = content }
            : throw new GatewayRefusalException(404, $"artifact {sha256} is not in the store; run the task again that made it");
    }

    private async ValueTask<ApiResponse> StoreAsync(ApiRequest request, CancellationToken cancellation)
    {
        if (!long.TryParse(request.Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            throw new GatewayRefusalException(411, "the length of the artifact must be given: Content-Length");
        return Text(201, await new EndpointReader(request.Stream ?? Stream.Null).StoreAsync(store, size, cancellation));
    }

    private static ApiResponse Text(int code, string text) => new() { StatusCode = code, ContentType = MediaTypes.Text, Body = Encoding.UTF8.GetBytes(text) };
}

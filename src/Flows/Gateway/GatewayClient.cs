using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;

namespace Slipway.Flows;

/// <summary>A pod's side of the <see cref="ArtifactGateway"/>: fetches what the pod reads, and sends what it leaves.</summary>
public sealed class GatewayClient : IArtifactSink, IDisposable
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Executable = Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const int PartSize = 1 << 16;

    private readonly HttpClient http;
    private readonly string tokenFile;

    /// <summary>A client. Nothing is sent yet.</summary>
    /// <param name="url">Where the gateway is, such as <c>https://slipway-operator.slipway-system.svc</c>.</param>
    /// <param name="authority">The authority of its certificate, PEM.</param>
    /// <param name="tokenFile">The file with the pod's token; it is read for each request.</param>
    /// <exception cref="InvalidDataException">The certificate cannot be read.</exception>
    public GatewayClient(Uri url, string authority, string tokenFile)
    {
        this.tokenFile = tokenFile;
        http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = TrustedAuthority.Of(authority, "the authority of the gateway") },
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            UseCookies = false,
            AllowAutoRedirect = false,
            UseProxy = false, // it is a service of the pod's own cluster
        })
        {
            BaseAddress = new Uri(url, $"{ArtifactGateway.PathPrefix.TrimStart('/')}/"),
            Timeout = Timeout.InfiniteTimeSpan, // large files take long; callers cancel
        };
    }

    /// <summary>What the pod is to read.</summary>
    /// <exception cref="ArtifactRefusedException">The gateway refuses.</exception>
    /// <exception cref="IOException">It is not reached; another attempt may succeed.</exception>
    public async Task<InputManifest> InputsAsync(CancellationToken cancellation)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, "inputs"), cancellation);
        return InputManifest.Parse(await Reached(() => answer.Content.ReadAsByteArrayAsync(cancellation)));
    }

    /// <summary>What lies in a directory that the pod is to read, compared with its hash.</summary>
    /// <exception cref="ArtifactRefusedException">The gateway refuses.</exception>
    /// <exception cref="FormatException">The artifact is no directory.</exception>
    /// <exception cref="IOException">The gateway is not reached, or what came is not what was stored; another attempt may succeed.</exception>
    public async Task<DirectoryManifest> DirectoryAsync(string sha256, CancellationToken cancellation)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"inputs/{sha256}"), cancellation);
        var content = await Reached(() => answer.Content.ReadAsByteArrayAsync(cancellation));
        if (Convert.ToHexStringLower(SHA256.HashData(content)) is var got && got != sha256)
            throw new IOException($"artifact {sha256} came as {got}");
        return DirectoryManifest.Parse(content);
    }

    /// <summary>Fetches a file that the pod is to read, and compares it with its hash.</summary>
    /// <param name="sha256">The hash.</param>
    /// <param name="path">Where to; what is there is replaced.</param>
    /// <param name="isExecutable">Whether it may be executed.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArtifactRefusedException">The gateway refuses.</exception>
    /// <exception cref="IOException">It is not reached, or what came is not what was stored; another attempt may succeed.</exception>
    public async Task FetchAsync(string sha256, string path, bool isExecutable, CancellationToken cancellation)
    {
        using var answer = await SendAsync(new HttpRequestMessage(HttpMethod.Get, $"inputs/{sha256}"), cancellation);
        await using var content = await Reached(() => answer.Content.ReadAsStreamAsync(cancellation));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        File.Delete(path);
        await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = isExecutable ? Executable : Readable });
        var buffer = new byte[PartSize];
        while (await Reached(() => content.ReadAsync(buffer, cancellation).AsTask()) is > 0 and var count)
        {
            hash.AppendData(buffer.AsSpan(0, count));
            await file.WriteAsync(buffer.AsMemory(0, count), cancellation);
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) is var got && got != sha256)
            throw new IOException($"artifact {sha256} came as {got}");
    }

    /// <inheritdoc/>
    public IArtifactWriter Begin(long size) => new GatewayWriter(size, (content, cancellation) => SendAsync(new HttpRequestMessage(HttpMethod.Put, "outputs") { Content = content }, cancellation));

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>The gateway's answer, which is a success.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using (request)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(tokenFile, cancellation)).Trim());
            var answer = await Reached(() => http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation));
            if (answer.IsSuccessStatusCode)
                return answer;
            using (answer)
            {
                var why = await Reached(() => answer.Content.ReadAsStringAsync(cancellation));
                throw (int)answer.StatusCode is >= 400 and < 500 || answer.StatusCode == HttpStatusCode.InsufficientStorage
                    ? new ArtifactRefusedException(why)
                    : new IOException($"the operator cannot answer now: {why}");
            }
        }
    }

    /// <summary>The result of a call on HTTP, whose failures are of the connection.</summary>
    internal static async Task<T> Reached<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (HttpRequestException e)
        {
            throw new IOException($"the operator is not reached: {(e.InnerException ?? e).Message}", e);
        }
    }
}

using System.Globalization;
using System.Text;
using k8s.Models;

namespace Slipway.Node.Probes;

/// <summary>Probes by HTTP: any answer from 200 to 399 is a success.</summary>
internal static class HttpProbe
{
    private const string Agent = "kube-probe/1.37";
    private const int MostRedirects = 10;
    private const int LongestBody = 10 * 1024;

    // Made with the first probe: most nodes have pods without.
    private static readonly Lazy<HttpClient> Client = new(HttpCall.NewClient);

    /// <summary>Asks once, following redirects as long as they stay on the host that was asked first.</summary>
    public static async Task<ProbeOutcome> RunAsync(V1HTTPGetAction action, Uri uri, TimeSpan timeout, TimeProvider clock, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            return await FollowAsync(action, uri, either.Token);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return ProbeOutcome.Failure($"Get \"{uri}\": no answer within {timeout.TotalSeconds:0}s (timeoutSeconds)");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return ProbeOutcome.Failure($"Get \"{uri}\": {DialFailure.Of(uri, failure)}");
        }
    }

    private static async Task<ProbeOutcome> FollowAsync(V1HTTPGetAction action, Uri first, CancellationToken cancellation)
    {
        var uri = first;
        for (var redirects = 0; ; redirects++)
        {
            using var request = HttpCall.RequestOf(action, uri, Agent);
            using var response = await Client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var code = (int)response.StatusCode;
            if (Target(code, response.Headers.Location, uri) is { } target)
            {
                if (redirects >= MostRedirects)
                    return ProbeOutcome.Failure($"Get \"{target}\": stopped after {MostRedirects} redirects");
                if (target.Host == first.Host)
                {
                    uri = target;
                    continue;
                }
            }
            var body = await BodyAsync(response, cancellation);
            return code switch
            {
                >= 300 and < 400 => new(ProbeResult.Warning, $"Probe terminated redirects, Response body: {body}"),
                >= 200 and < 300 => ProbeOutcome.Success,
                _ => ProbeOutcome.Failure(string.Create(CultureInfo.InvariantCulture, $"HTTP probe failed with statuscode: {code}")),
            };
        }
    }

    /// <summary>Where an answer redirects to; null when it does not.</summary>
    internal static Uri? Target(int code, Uri? location, Uri asked) =>
        code is 301 or 302 or 303 or 307 or 308 && location is not null ? new Uri(asked, location) : null;

    private static async Task<string> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[LongestBody];
        return Encoding.UTF8.GetString(buffer, 0, await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation));
    }
}

using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Client;

/// <summary>
/// Lets one of several candidates act at a time: the one that holds a Lease. Durations and rules are
/// client-go's (<see href="https://kubernetes.io/docs/concepts/architecture/leases/#leader-election"/>): the holder renews it every
/// 2 seconds and stops acting when it could not for 10, and others take it when they have seen it unchanged for 15. Clocks of
/// different machines are never compared.
/// </summary>
/// <param name="api">The API, bound to who may create, read and update the lease.</param>
/// <param name="name">Name of the lease, such as <c>kube-scheduler</c>.</param>
/// <param name="candidate">
/// Who claims it. It must differ between processes that run at the same time; one that starts again under its old name goes on at once.
/// </param>
/// <param name="clock">The clock of all durations.</param>
/// <param name="random">Spreads the attempts of candidates.</param>
/// <param name="log">Where changes of the leader are told.</param>
/// <param name="ns">Namespace of the lease.</param>
public sealed class LeaderElection(IApi api, string name, string candidate, TimeProvider clock, Random random, ILogger log, string ns = "kube-system")
{
    /// <summary>A claim that has not been renewed for this long is free.</summary>
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(15);

    /// <summary>Who could not renew a claim for this long stops acting.</summary>
    public static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Time between attempts.</summary>
    public static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(1);

    private readonly LeaseClaim _claim = new(candidate, LeaseDuration);
    private readonly string _collection = $"/apis/coordination.k8s.io/v1/namespaces/{ns}/leases";
    private string _seen = "";
    private string _leader = "";
    private long _seenAt;

    /// <summary>Acts whenever this candidate leads, until cancelled.</summary>
    /// <param name="lead">
    /// What only one may do. It runs until its token is cancelled, and must end soon after; each time that the candidate leads it is
    /// called anew, with nothing kept from the last time.
    /// </param>
    /// <param name="cancellation">Ends the acting and gives the lease back.</param>
    /// <exception cref="TimeoutException">What was to end has not ended before others may act: the process must.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                while (await TryAsync(cancellation) != Outcome.Held)
                    await Task.Delay(RetryPeriod * (1 + random.NextDouble()), clock, cancellation);
                await LeadAsync(lead, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped while another led, or after this one has.
        }
    }

    private async Task LeadAsync(Func<CancellationToken, Task> lead, CancellationToken cancellation)
    {
        log.LogInformation("{Candidate} leads as {Lease}", candidate, name);
        using var reign = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var acting = Task.Run(() => lead(reign.Token), CancellationToken.None);
        var renewing = RenewAsync(reign.Token);
        try
        {
            await Task.WhenAny(acting, renewing);
        }
        finally
        {
            await reign.CancelAsync();
            await renewing;
        }
        try
        {
            await acting.WaitAsync(LeaseDuration - RenewDeadline, clock, CancellationToken.None);
        }
        catch (OperationCanceledException) when (reign.IsCancellationRequested)
        {
            // As it should be.
        }
        finally
        {
            if (acting.IsCompleted)
                await ReleaseAsync();
        }
        cancellation.ThrowIfCancellationRequested();
        log.LogWarning("{Candidate} no longer leads as {Lease}", candidate, name);
    }

    /// <summary>Renews the claim; ends when it is lost, or cancelled.</summary>
    private async Task RenewAsync(CancellationToken cancellation)
    {
        var renewed = clock.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.Delay(RetryPeriod, clock, cancellation);
                var left = RenewDeadline - clock.GetElapsedTime(renewed);
                if (left <= TimeSpan.Zero)
                    return;
                using var deadline = new CancellationTokenSource(left, clock);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
                var sent = clock.GetTimestamp();
                switch (await TryAsync(either.Token))
                {
                    case Outcome.Held:
                        renewed = sent;
                        break;
                    case Outcome.Anothers:
                        return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop, or nobody has answered before the deadline.
        }
    }

    /// <summary>Makes the lease this candidate's, or prolongs it, if it may.</summary>
    private async Task<Outcome> TryAsync(CancellationToken cancellation)
    {
        try
        {
            var now = clock.GetUtcNow();
            if (await ReadAsync(cancellation) is not { } lease)
            {
                await WriteAsync("POST", _claim.Next(New(), hasExpired: true, now)!, cancellation);
                return Outcome.Held;
            }
            Observe(lease);
            if (_claim.Next(lease, clock.GetElapsedTime(_seenAt) >= LeaseClaim.DurationOf(lease), now) is not { } next)
                return Outcome.Anothers;
            await WriteAsync("PUT", next, cancellation);
            return Outcome.Held;
        }
        catch (Exception e) when (e is ApiException or IOException)
        {
            // Somebody was quicker, or the API is not to be reached: the next attempt tells.
            log.LogDebug("{Candidate} could not claim {Lease}: {Reason}", candidate, name, e.Message);
            return Outcome.Unknown;
        }
    }

    // A lease counts from when this process has seen its last change: the holder's clock may be wrong.
    private void Observe(JsonObject lease)
    {
        var leader = lease.Object("spec")?.Text("holderIdentity") ?? "";
        if (leader != _leader && leader != candidate && leader.Length > 0)
            log.LogInformation("{Leader} leads as {Lease}", leader, name);
        var version = lease.Object("metadata")?.Text("resourceVersion") ?? "";
        if (version != _seen)
            (_seen, _seenAt) = (version, clock.GetTimestamp());
        _leader = leader;
    }

    private async Task ReleaseAsync()
    {
        using var patience = new CancellationTokenSource(ReleaseTime, clock);
        try
        {
            if (await ReadAsync(patience.Token) is { } lease && _claim.Release(lease, clock.GetUtcNow()) is { } free)
                await WriteAsync("PUT", free, patience.Token);
        }
        catch (Exception e) when (e is ApiException or IOException or OperationCanceledException)
        {
            // Others have to wait for its end.
            log.LogDebug("{Candidate} could not give {Lease} back: {Reason}", candidate, name, e.Message);
        }
    }

    private async Task<JsonObject?> ReadAsync(CancellationToken cancellation)
    {
        await using var response = await api.SendAsync(new("GET", $"{_collection}/{name}"), cancellation);
        if (response.StatusCode == 404)
            return null;
        if (!response.IsSuccess)
            throw await StatusReader.ReadAsync(response, cancellation);
        return JsonNode.Parse(response.Body.Span, documentOptions: Nesting.Document)!.AsObject();
    }

    private async Task WriteAsync(string method, JsonObject lease, CancellationToken cancellation)
    {
        var path = method == "POST" ? _collection : $"{_collection}/{name}";
        await api.SendForBodyAsync(new(method, path) { Body = DocumentBytes.Of(lease) }, cancellation);
    }

    private JsonObject New() => new()
    {
        ["apiVersion"] = "coordination.k8s.io/v1",
        ["kind"] = "Lease",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = ns },
    };

    private enum Outcome
    {
        /// <summary>The lease is this candidate's.</summary>
        Held,

        /// <summary>It is another's.</summary>
        Anothers,

        /// <summary>The attempt failed.</summary>
        Unknown,
    }
}

using System.Collections.Concurrent;

namespace Slipway.Flows;

/// <summary>
/// Artifacts in the volume of a PersistentVolumeClaim, kept by a program beside the volume. Conversations with it are kept for what is asked next, so that many
/// small artifacts cost one of them and not one each.
/// </summary>
/// <param name="program">The program.</param>
/// <param name="name">Names the place in messages.</param>
/// <param name="clock">Tells when the place was used last.</param>
public sealed class ClaimPlace(IStoreProgram program, string name, TimeProvider clock) : IArtifactPlace
{
    private const int MostSessions = 8;
    private const long LeastBytesPerSecond = 256 << 10;

    /// <summary>How long an answer, or more of one, may take.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>After what time without use the program is let go, at the next look.</summary>
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromMinutes(4);

    /// <summary>For how long something that found no room says that there is none: it is tried again before that, if it is still wanted.</summary>
    private static readonly TimeSpan LackPeriod = TimeSpan.FromMinutes(1);

    private readonly ConcurrentStack<StoreSession> idle = new();
    private readonly SemaphoreSlim turns = new(MostSessions);
    private int working;
    private long lastUse = clock.GetTimestamp();
    private volatile Lack? lack;
    private bool isProven;

    /// <inheritdoc/>
    public async Task PutAsync(string sha256, string file, CancellationToken cancellation)
    {
        var size = new FileInfo(file).Length;
        try
        {
            await AskAsync((session, limited) => Done(session.PutAsync(sha256, file, limited)), size, cancellation);
            lack = null;
        }
        catch (ArtifactPlaceException e) when (e.Fault == ArtifactPlaceFault.NoSpace)
        {
            lack = new Lack(e, clock.GetTimestamp());
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<Stream?> OpenAsync(string sha256, CancellationToken cancellation)
    {
        var (session, size) = await BeginAsync((session, limited) => session.GetAsync(sha256, limited), 0, cancellation);
        if (size is { } length)
            return new CheckedContent(new ClaimContent(session, length, Fault, isUsable => Release(session, isUsable)), sha256);
        Release(session, isUsable: true);
        return null;
    }

    /// <inheritdoc/>
    public Task<bool> HasAsync(string sha256, CancellationToken cancellation) => AskAsync((session, limited) => session.HasAsync(sha256, limited), 0, cancellation);

    /// <inheritdoc/>
    public Task RemoveAsync(string sha256, CancellationToken cancellation) => AskAsync((session, limited) => Done(session.RemoveAsync(sha256, limited)), 0, cancellation);

    /// <summary>
    /// Finds out whether artifacts can be kept there: by keeping something and removing it, if the program is in use or was never seen to work. One that nobody has
    /// used for some minutes is let go, and whether it could come again is only looked at.
    /// </summary>
    /// <exception cref="ArtifactPlaceException">They cannot; its reason and message say why.</exception>
    public async Task CheckAsync(CancellationToken cancellation)
    {
        var (wasProven, isIdle) = (isProven, Volatile.Read(ref working) == 0 && clock.GetElapsedTime(Volatile.Read(ref lastUse)) >= IdlePeriod);
        isProven = false;
        if (wasProven && isIdle)
        {
            await CloseAsync();
            await ToldAsync(limited => Done(program.RestAsync(limited)), 0, cancellation);
        }
        else
        {
            await AskAsync((session, limited) => Done(session.ProbeAsync(limited)), 0, cancellation, isUse: false);
        }

        isProven = true;
        if (lack is { } known && clock.GetElapsedTime(known.At) < LackPeriod)
            throw known.Why;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (idle.TryPop(out var session))
            _ = session.DisposeAsync().AsTask();
    }

    /// <summary>Names the store.</summary>
    public override string ToString() => name;

    private async Task<T> AskAsync<T>(Func<StoreSession, CancellationToken, Task<T>> ask, long bytes, CancellationToken cancellation, bool isUse = true)
    {
        var (session, answer) = await BeginAsync(ask, bytes, cancellation, isUse);
        Release(session, isUsable: true, isUse);
        return answer;
    }

    /// <summary>The answer, and the session that it is from, which is to be released. Sessions that have ended while nobody used them are replaced.</summary>
    private async Task<(StoreSession Session, T Answer)> BeginAsync<T>(Func<StoreSession, CancellationToken, Task<T>> ask, long bytes, CancellationToken cancellation, bool isUse = true)
    {
        await turns.WaitAsync(cancellation);
        Interlocked.Increment(ref working);
        try
        {
            while (true)
            {
                var isKnown = idle.TryPop(out var session);
                session ??= await OpenSessionAsync(cancellation);
                try
                {
                    return (session, await ToldAsync(limited => ask(session, limited), bytes, cancellation));
                }
                catch (ArtifactPlaceException e) when (isKnown && e.Fault == ArtifactPlaceFault.Unreachable)
                {
                    await session.DisposeAsync();
                    await CloseAsync(); // what ended it may have ended the others, too
                }
                catch
                {
                    await session.DisposeAsync();
                    throw;
                }
            }
        }
        catch
        {
            Leave(isUse);
            throw;
        }
    }

    private Task<StoreSession> OpenSessionAsync(CancellationToken cancellation) => ToldAsync(async limited =>
    {
        var session = new StoreSession(await program.OpenAsync(limited), name);
        try
        {
            await session.BeginAsync(limited);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }, 0, cancellation);

    private void Release(StoreSession session, bool isUsable, bool isUse = true)
    {
        if (isUsable)
            idle.Push(session);
        else
            _ = session.DisposeAsync().AsTask(); // whatever comes of it: it is over
        Leave(isUse);
    }

    private void Leave(bool isUse)
    {
        if (isUse)
            Volatile.Write(ref lastUse, clock.GetTimestamp());
        Interlocked.Decrement(ref working);
        turns.Release();
    }

    private async ValueTask CloseAsync()
    {
        while (idle.TryPop(out var session))
            await session.DisposeAsync();
    }

    /// <summary>The answer to what carries some bytes; one that takes too long counts as not answered.</summary>
    private async Task<T> ToldAsync<T>(Func<CancellationToken, Task<T>> call, long bytes, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience + TimeSpan.FromSeconds(bytes / LeastBytesPerSecond), TimeProvider.System); // the network's time, whatever clock the cluster lives by
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await call(either.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw Fault(new TimeoutException("it does not answer in time", e));
        }
        catch (IOException e) when (e is not (ArtifactPlaceException or FileNotFoundException or DirectoryNotFoundException))
        {
            throw Fault(e);
        }
    }

    private ArtifactPlaceException Fault(Exception e) =>
        e as ArtifactPlaceException ?? new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, $"{name}: the program that keeps artifacts is not reached: {e.Message.ReplaceLineEndings(" ")}", e);

    private static async Task<bool> Done(Task work)
    {
        await work;
        return true;
    }

    private sealed record Lack(ArtifactPlaceException Why, long At);
}

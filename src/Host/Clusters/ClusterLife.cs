using System.Diagnostics;
using Slipway.Cli;
using Slipway.Host.Pki;

namespace Slipway.Host.Clusters;

/// <summary>Starts, stops and deletes clusters. Its callers hold the cluster's operation lock.</summary>
internal sealed class ClusterLife(ClusterRegistry clusters, TimeProvider clock)
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Process id of a cluster's server; null if it does not run.</summary>
    public int? ServerOf(Cluster cluster) => FileLock.Holder(clusters.Paths.Of(cluster).ServerLock);

    /// <summary>Starts a server in the background and returns when its node is Ready and the kubeconfig has its context.</summary>
    /// <exception cref="CommandException">It did not come up.</exception>
    public async Task StartAsync(Cluster cluster, CancellationToken cancellation)
    {
        var paths = clusters.Paths.Of(cluster);
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var argument in new[] { "server", "--name", cluster.Name, "--background" }) start.ArgumentList.Add(argument);
        using var server = Process.Start(start)!;
        server.StandardInput.Close();
        try
        {
            var report = await server.StandardOutput.ReadLineAsync(cancellation);
            if (report != ReadinessReport.Ready)
            {
                await server.WaitForExitAsync(cancellation);   // nothing of it is left when this is said
                throw new CommandException(report ?? $"the server of cluster \"{cluster.Name}\" ended while it started; its log is {paths.ServerLog} {await server.StandardError.ReadToEndAsync(cancellation)}");
            }
        }
        catch (OperationCanceledException)
        {
            server.Kill();   // the user gave up: what has started so far is adopted by the next start
            throw;
        }
        using var pki = ClusterPki.Read(paths.Pki)!;
        KubeconfigFile.Add(KubeconfigFile.Describe(cluster, pki));
    }

    /// <summary>Stops a cluster's server, containers, containerd and network; says whether there was something to stop.</summary>
    public async Task<bool> StopAsync(Cluster cluster, bool gracefully, CancellationToken cancellation)
    {
        var wasRunning = await StopServerAsync(cluster, cancellation);
        var remains = new ClusterRemains(cluster, clusters.Paths.Of(cluster), clock);
        await remains.RemoveRuntimeAsync(gracefully, cancellation);
        return wasRunning;
    }

    /// <summary>Removes every trace of a cluster, whatever state it is in; one that is gone already is no failure.</summary>
    public async Task<int> DeleteAsync(CliContext context, string name, CancellationToken cancellation)
    {
        Machine.RequireRoot("delete a cluster");
        ClusterName.Check(name);
        using var operation = FileLock.Acquire(clusters.Paths.OperationLock(name));
        try
        {
            if (clusters.Find(name) is not { } cluster)
            {
                await context.Out.WriteLineAsync($"There is no cluster \"{name}\" on this machine.");
                return ExitCodes.Succeeded;
            }
            await StopAsync(cluster, gracefully: false, cancellation);
            new ClusterRemains(cluster, clusters.Paths.Of(cluster), clock).RemoveData();
            KubeconfigFile.Remove(name);
            clusters.Remove(name);
            await context.Out.WriteLineAsync($"Cluster \"{name}\" is deleted.");
            if (cluster.Store is { } store)   // other servers may live on it
                await context.Out.WriteLineAsync($"Its objects stay in etcd at {store.Endpoints}; remove them with \"etcdctl del --prefix {store.Prefix}\".");
            return ExitCodes.Succeeded;
        }
        finally
        {
            operation.DeleteFile();
            clusters.Tidy();
        }
    }

    private async Task<bool> StopServerAsync(Cluster cluster, CancellationToken cancellation)
    {
        if (ServerOf(cluster) is not { } pid) return false;
        // Its lock is free when it has ended, even if nobody has collected its exit status.
        var ended = Task.Run(() => FileLock.Acquire(clusters.Paths.Of(cluster).ServerLock).Dispose(), cancellation);
        Signals.Terminate(pid);
        try
        {
            await ended.WaitAsync(StopTimeout, clock, cancellation);
        }
        catch (TimeoutException)
        {
            Signals.Kill(pid);   // nothing depends on an orderly end
            await ended.WaitAsync(cancellation);
        }
        return true;
    }
}

using System.Net;
using Microsoft.Extensions.Logging;
using Slipway.Cli;
using Slipway.Host.Clusters;
using Slipway.Node;

namespace Slipway.Host.Server;

/// <summary>The port at which a node's API is served beside that of its cluster: the usual one of kubelets, or another where that is taken.</summary>
internal static class AgentPort
{
    /// <summary>Listens for both.</summary>
    /// <param name="cluster">The cluster, whose API has the port that it is recorded with.</param>
    /// <param name="isFree">Whether an address of this machine can be listened on.</param>
    /// <param name="listen">Listens for the API, and at an address for the node's; fails with an <see cref="IOException"/> where either is taken.</param>
    /// <param name="log">Told that the usual port is taken.</param>
    /// <exception cref="CommandException">The API's port is taken.</exception>
    public static async Task<T> ListenAsync<T>(Cluster cluster, Func<IPEndPoint, bool> isFree, Func<IPEndPoint, Task<T>> listen, ILogger log)
    {
        // Each cluster has a node's address of its own; a program that listens on all of the machine's may be there all the same.
        var agent = new IPEndPoint(cluster.Network.NodeAddress, NodeOptions.UsualKubeletPort);
        if (cluster.ApiPort == agent.Port) GiveUp("the cluster's own API");
        else if (!isFree(agent)) GiveUp("another program");
        while (true)
        {
            try
            {
                return await listen(agent);
            }
            catch (IOException) when (agent.Port != 0 && !isFree(agent))
            {
                GiveUp("another program");   // taken since it was looked at
            }
            catch (IOException)
            {
                throw ClusterRegistry.PortInUse(cluster);   // that was free as well
            }
        }

        void GiveUp(string holder)
        {
            log.LogWarning("TCP port {Port} of {Address} is in use by {Holder}: the node's API is served at another one, which its status tells", agent.Port, agent.Address, holder);
            agent.Port = 0;
        }
    }
}

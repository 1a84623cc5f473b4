using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Slipway.ApiServer.FlowControl;

/// <summary>
/// Deals each flow a hand of queues, so that a flow that fills its own seldom fills all of another's
/// (<see href="https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#queuing"/>).
/// </summary>
internal static class ShuffleSharding
{
    /// <summary>A number that stands for a flow.</summary>
    public static ulong HashOf(string schema, string flow)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{schema}\0{flow}"), hash);
        return BinaryPrimitives.ReadUInt64LittleEndian(hash);
    }

    /// <summary>Different numbers below <paramref name="deck"/>, as many as the hand takes, chosen by the hash alone.</summary>
    /// <param name="hash">What decides.</param>
    /// <param name="deck">How many there are.</param>
    /// <param name="hand">Where they go; no longer than the deck.</param>
    public static void Deal(ulong hash, int deck, Span<int> hand)
    {
        for (var i = 0; i < hand.Length; i++)
        {
            var left = (ulong)(deck - i);
            var card = (int)(hash % left);
            hash /= left;
            // The card counts those that are still in the deck: those dealt before, in rising order, are stepped over.
            var at = 0;
            while (at < i && hand[at] <= card)
            {
                card++;
                at++;
            }
            hand[at..i].CopyTo(hand[(at + 1)..]);
            hand[at] = card;
        }
    }
}

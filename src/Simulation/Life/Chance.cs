using Slipway.Api;

namespace Slipway.Simulation;

/// <summary>Chance that is the same in every run: a hash of the seed, the pod's name, its number of restarts and what is asked.</summary>
internal static class Chance
{
    /// <returns>At least 0, below 1.</returns>
    public static double Of(int seed, ObjectKey pod, int restarts, string what)
    {
        // FNV-1a, and the finalizer of SplitMix64, which spreads keys that differ in a last digit.
        var hash = 14695981039346656037UL ^ (uint)seed;
        Mix(pod.Namespace);
        Mix(pod.Name);
        Mix(what);
        hash = (hash ^ (uint)restarts) * 1099511628211UL;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return ((hash ^ (hash >> 31)) >> 11) / (double)(1UL << 53);

        void Mix(string text)
        {
            foreach (var letter in text)
                hash = (hash ^ letter) * 1099511628211UL;
            hash = (hash ^ '/') * 1099511628211UL;
        }
    }
}

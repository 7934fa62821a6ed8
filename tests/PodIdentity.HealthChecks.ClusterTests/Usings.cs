[assembly: CollectionBehavior(MaxParallelThreads = 8)] // they wait for a cluster, each for its own part of it
